"""Federated learning between processes: what travels, who may take part, and a real run on loopback."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import federate_network
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.hosts import THIS_MACHINE
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FOR_CLIENTS, FederateServeConfig
from mnist_core.engine.control import Discard, Interrupted
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs import preflight
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.cli.test_commands import start
from tests.engine.federated.test_clients import a_file, written

pytest.importorskip("flwr", reason="Flower is not installed: see docs/federated.md")
pytest.importorskip("httpx", reason="httpx is not installed: see docs/federated.md")

import httpx
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict

from mnist_core.engine.federated import http_app, membership, wire
from mnist_core.engine.federated.grid import FIRST_CLIENT
from mnist_core.engine.federated.http_grid import HttpGrid
from mnist_core.engine.federated.membership import Membership, Server
from mnist_core.engine.federated.server import listening, telling_the_end

WEIGHTS = [np.zeros((2, 3), np.float32), np.zeros(4, np.float32)]


def question(number: int, weights: list[Any] = WEIGHTS, kind: str = "train") -> Message:
    content = RecordDict({"arrays": ArrayRecord(weights), "config": ConfigRecord({"server-round": 1})})
    return Message(content, number, kind)


def answered(message: Message, weights: list[Any] = WEIGHTS, kind: str | None = None, **counts: Any) -> bytes:
    """A client's reply. An evaluation has no weights."""
    records = {"metrics": MetricRecord(counts or {"weight": 3.0, "trained": 3})}
    content = RecordDict(records | ({"arrays": ArrayRecord(weights)} if weights else {}))
    reply = Message(content, reply_to=message)
    reply.metadata.__dict__["_message_type"] = kind or reply.metadata.message_type
    return wire.packed(reply)


@pytest.fixture
def grid() -> HttpGrid:
    return HttpGrid(WEIGHTS, lambda: 0.0, FederateServeConfig(timeout=20))


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


TOKEN = "a-token-of-some-length"
TOLD = {"settings": FederateServeConfig().for_clients, "model": "m", "digest": "d"}


@pytest.fixture
def client(grid: HttpGrid, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Somebody with the token, and a server that listens."""
    monkeypatch.setattr(http_app, "LONG_POLL_S", 0.2)
    app = http_app.web_app(grid, TOLD, http_app.Access(frozenset({TOKEN}), THIS_MACHINE))
    with (
        listening(FederateServeConfig(port=port), app),
        Server(f"http://127.0.0.1:{port}", TOKEN).connection() as connection,
    ):
        yield connection


def joined(client: httpx.Client, name: str) -> tuple[int, dict[str, str]]:
    """The number of a new client, and the header of its requests."""
    told = client.post(wire.JOIN, params={"name": name}).json()
    return told["client"], {wire.CREDENTIAL: told["secret"]}


def test_a_message_is_fetched_and_answered(grid: HttpGrid, client: httpx.Client) -> None:
    """A client that has lost its message fetches it again. One that has not heard that its reply arrived hears it."""
    (first, headers), (second, others) = joined(client, "a"), joined(client, "b")
    assert grid.names == {first: "a", second: "b"}
    assert client.get(wire.MESSAGE, headers=headers).status_code == 204
    replies: list[Message] = []
    asking = threading.Thread(target=lambda: replies.extend(grid.send_and_receive([question(first)])))
    asking.start()
    for _ in range(2):
        fetched = client.get(wire.MESSAGE, headers=headers)
    asked = wire.unpacked(fetched.content, WEIGHTS)
    weights = [each + 1 for each in WEIGHTS]
    for content in (b"damaged", answered(asked, weights)[:-9], answered(asked, weights, weight=1e12, trained=3)):
        assert client.post(wire.REPLY, headers=headers, content=content).status_code == 400
    assert client.post(wire.REPLY, headers=others, content=answered(asked, weights)).status_code == 409
    for _ in range(2):
        assert client.post(wire.REPLY, headers=headers, content=answered(asked, weights)).status_code == 204
    asking.join()
    assert [each.content["metrics"]["weight"] for each in replies] == [3.0]
    np.testing.assert_array_equal(replies[0].content["arrays"].to_numpy_ndarrays()[1], weights[1])
    grid.over = True
    assert client.get(wire.MESSAGE, headers=headers).status_code == 410


def test_a_client_cannot_act_as_another(grid: HttpGrid, client: httpx.Client) -> None:
    """It needs the other's secret, also to come back under its name. Who comes too late joins no more."""
    number, headers = joined(client, "a")
    for given in ({}, {wire.CREDENTIAL: "a guess"}):
        taken = client.post(wire.JOIN, params={"name": "a"}, headers=given)
        assert (taken.status_code, "--name" in taken.json()["detail"]) == (409, True)
        assert client.get(wire.MESSAGE, headers=given).status_code == 404
        assert client.post(wire.REPLY, headers=given, content=answered(question(number))).status_code == 404
    assert client.post(wire.JOIN, params={"name": "a"}, headers=headers).json()["client"] == number
    joined(client, "b")
    assert client.post(wire.JOIN, params={"name": "late"}).status_code == 409
    assert sorted(grid.names.values()) == ["a", "b"]


def test_web_pages_take_no_part(client: httpx.Client) -> None:
    """Neither one that calls this machine by a name of its own, nor one that calls it by its address."""
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert client.post(wire.JOIN, params={"name": "a"}, headers=headers).status_code == 403


def test_who_has_no_token_takes_no_part(client: httpx.Client) -> None:
    """Neither joins, nor sees the weights, nor sends any."""
    for token in ("", "Bearer another-token-of-length"):
        headers = {"Authorization": token}
        assert client.post(wire.JOIN, params={"name": "eve"}, headers=headers).status_code == 401
        assert client.get(wire.MESSAGE, headers=headers).status_code == 401
        assert client.post(wire.REPLY, headers=headers).status_code == 401
    assert client.post(wire.JOIN, params={"name": " "}).status_code == 400


NOT_TRAINED = [
    {"weight": 1e12, "trained": 3}, {"weight": float("nan"), "trained": 3}, {"weight": 3.0}, {"trained": 3},
    {"weight": 3.0, "trained": [3]}, {"weight": [3.0], "trained": 3}, {"weight": 0.0, "trained": 0},
    {"weight": 1e12, "trained": 10**12}, {"weight": 3.0, "trained": 3, "more": 1},
]  # fmt: skip
NOT_ASKED = [
    {"trained": 3, "held-out": 0, "right": 0}, {"trained": 3, "held-out": 2, "right": 3}, {"trained": 3, "right": 1},
    {"trained": 3, "held-out": 2, "right": -1}, {"trained": 0, "held-out": 2, "right": 1},
    {"trained": 3, "held-out": [2], "right": 1}, {"trained": 3, "held-out": 2, "right": 0.5},
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "weights", "counts"),
    [
        *(("train", WEIGHTS, each) for each in NOT_TRAINED),
        *(("evaluate", [], each) for each in NOT_ASKED),
        ("train", [], {"weight": 3.0, "trained": 3}),
        ("evaluate", WEIGHTS, {"trained": 3, "held-out": 2, "right": 1}),
    ],
)
def test_no_answer_can_end_or_take_over_a_run(
    grid: HttpGrid, kind: str, weights: list[Any], counts: dict[str, Any]
) -> None:
    """The server refuses it, and still waits for a right one."""
    client = grid.join("a", "")
    message = question(client.number, kind=kind)
    grid.push_messages([message])
    with pytest.raises(InputError):
        grid.answer(client, answered(message, weights, **counts))
    with pytest.raises(InputError):
        grid.answer(client, answered(message, kind="query"))
    right = (WEIGHTS, {}) if kind == "train" else ([], {"trained": 3, "held-out": 2, "right": 2})
    assert grid.answer(client, answered(message, right[0], **right[1]))


def test_with_noise_all_clients_count_the_same() -> None:
    """Otherwise ε would be wrong."""
    grid = HttpGrid(WEIGHTS, lambda: 0.0, FederateServeConfig(noise_multiplier=1))
    client = grid.join("a", "")
    grid.push_messages([message := question(client.number)])
    with pytest.raises(InputError):
        grid.answer(client, answered(message))
    assert grid.answer(client, answered(message, weight=1.0, trained=3))


def test_a_pause_takes_no_time_from_the_clients() -> None:
    """What arrives during a pause counts, however long it is."""

    pauses = iter([3600.0])

    def paused() -> float:
        if seconds := next(pauses, 0.0):
            return seconds
        client = grid._clients[FIRST_CLIENT]
        assert client.waiting is not None
        grid.answer(client, answered(client.waiting))
        return 0.0

    grid = HttpGrid(WEIGHTS, paused, FederateServeConfig(timeout=0.001))
    number = grid.join("a", "").number
    assert len(grid.send_and_receive([question(number)])) == 1


def member_of(client: httpx.Client, tmp_path: Path) -> Membership:
    return Membership(client, "a", tmp_path / "a")


def test_a_client_joins_a_server_that_was_started_again(
    grid: HttpGrid, client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new process knows nobody. The client pauses, joins again, and fetches what there is."""
    monkeypatch.setattr(membership, "AGAIN_S", 0)
    member = member_of(client, tmp_path)
    grid._clients.clear()
    grid.over = True
    assert member.message() is None
    assert list(grid.names.values()) == ["a"]


def test_a_client_takes_part_in_no_other_run(grid: HttpGrid, client: httpx.Client, tmp_path: Path) -> None:
    member = member_of(client, tmp_path)
    grid._clients.clear()
    member.digest = "of another model"
    with pytest.raises(InputError, match="another run"):
        member.message()


def test_a_reply_is_refused_or_too_late(grid: HttpGrid, client: httpx.Client, tmp_path: Path) -> None:
    """The client hears which."""
    member = member_of(client, tmp_path)
    message = question(member.number)
    grid.push_messages([message])
    with pytest.raises(InputError, match="does not answer"):
        member.answer(answered(message, weight=1e12, trained=3))
    assert member.answer(answered(message))
    grid.push_messages([question(member.number)])
    assert not member.answer(answered(question(member.number)))


def test_clients_hear_that_a_run_has_failed(grid: HttpGrid, client: httpx.Client, tmp_path: Path) -> None:
    """The server waits for that, also if a client asks late."""
    member = member_of(client, tmp_path)
    ending = threading.Thread(target=grid.end, args=("It has failed.",))
    ending.start()
    with pytest.raises(StudioError, match="It has failed"):
        member.message()
    ending.join()
    assert grid.known(member._secret).knows_the_end  # type: ignore[union-attr]


@pytest.mark.parametrize(("raised", "told"), [(StudioError("no"), True), (Discard(), True), (Interrupted(), False)])
def test_clients_of_a_run_that_can_go_on_wait_for_it(grid: HttpGrid, raised: Exception, told: bool) -> None:
    """The others hear that there is no result."""
    with pytest.raises(type(raised)), telling_the_end(grid):
        raise raised
    assert grid.over == bool(grid.failure) == told


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"host": "0.0.0.0"}, f"http://{socket.gethostname()}:8471"),
        ({"host": "::1", "certfile": "cert.pem"}, "https://[::1]:8471"),
    ],
)
def test_the_server_says_how_to_join(
    capsys: pytest.CaptureFixture[str], settings: dict[str, str], address: str
) -> None:
    """With an address that a client can use."""
    federate_network._tell_how_to_join(FederateServeConfig(**settings))
    assert f"federate join {address}\n" in capsys.readouterr().err


def test_a_server_finds_its_files_from_any_folder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is resumed as well."""
    submitted: list[FederateServeConfig] = []
    left_out = {"drawings", "collections", "held_out"}
    given = FederateServeConfig(token_file="token.txt").model_dump(exclude=left_out)

    def check(config: FederateServeConfig, place: Workspace) -> None:
        submitted.append(config)
        raise InputError("Enough is known.")

    monkeypatch.setitem(KINDS, "federate_serve", replace(KINDS["federate_serve"], check=check))
    with pytest.raises(InputError, match="Enough"):
        federate_network.serve(workspace=str(workspace.root), **given)
    assert (submitted[0].token_file, submitted[0].certfile) == (str(Path("token.txt").absolute()), "")


def test_one_process_is_a_client(workspace: Workspace) -> None:
    """Two under one name of one workspace would mix their replies."""
    with (
        membership.kept_secret(workspace, "http://a", "ada"),
        pytest.raises(InputError, match="--name"),
        membership.kept_secret(workspace, "http://a", "ada"),
    ):
        pass


@pytest.mark.parametrize("url", ["server:8471", "localhost", "ftp://server", "http://", "http://[::1", "http://a:b"])
def test_a_wrong_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(InputError, match="not the address"):
        Server(url).connection()


def test_a_client_that_was_started_again_is_the_same(grid: HttpGrid, client: httpx.Client, tmp_path: Path) -> None:
    """Its secret is in its workspace, where only its owner can read it."""
    assert member_of(client, tmp_path).number == member_of(client, tmp_path).number
    assert list(grid.names.values()) == ["a"]
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0 or os.name == "nt"


@pytest.mark.parametrize("weights", [WEIGHTS[:1], [*WEIGHTS, WEIGHTS[0]], [np.full_like(a, np.nan) for a in WEIGHTS]])
def test_weights_that_do_not_fit_are_refused(grid: HttpGrid, weights: list[Any]) -> None:
    """Those of another network, and those that would spoil the mean."""
    with pytest.raises(InputError, match="another network, or infinite"):
        wire.unpacked(wire.packed(question(2, weights)), WEIGHTS)


def test_other_machines_need_a_token(workspace: Workspace, tmp_path: Path) -> None:
    """A server without one listens to its own machine only. A client is told no file and no device."""
    with pytest.raises(InputError, match="--token-file"):
        preflight.check_federate_serve(FederateServeConfig(host="0.0.0.0"), workspace)
    (tmp_path / "tokens").write_text("short")
    with pytest.raises(InputError, match="16 characters"):
        preflight.check_federate_serve(FederateServeConfig(token_file=str(tmp_path / "tokens")), workspace)
    preflight.check_federate_serve(FederateServeConfig(), workspace)
    assert FOR_CLIENTS.isdisjoint({"drawings", "collections", "device", "token_file", "keyfile"})
    assert set(FederateServeConfig().for_clients) == FOR_CLIENTS


@pytest.mark.slow
def test_a_server_and_three_clients_on_loopback(
    tmp_path: Path, port: int, real_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four processes with a workspace each. All end by themselves, and the model is in the server's registry."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(real_mnist))
    place = Workspace.open(tmp_path / "server")
    server = start(
        place, "federate", "serve", "--clients", "3", "--rounds", "2", "--local-epochs", "1", "--port", str(port)
    )
    joined: list[subprocess.Popen[str]] = []
    for seed, name in enumerate("abc"):
        own = tmp_path / name
        own.mkdir()
        drawings = a_file(own, written(20, None, seed=seed))
        joining = ("federate", "join", f"http://127.0.0.1:{port}", "--name", name, "--drawings", drawings)
        joined.append(start(Workspace.open(own / "ws"), *joining))
    for process in (server, *joined):
        _out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
    (job,) = Jobs(place).page(limit=5)
    found = Run.at(place, job.id).report_as(FederateReport)
    assert found is not None
    assert sorted(each.name for each in found.clients) == ["a", "b", "c"]
    assert all(each.alone is not None and each.pooled is None for each in found.clients)
    assert len(found.rounds) == 2
