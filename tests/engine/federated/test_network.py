"""Federated learning between processes: what travels, who may take part, and a real run on loopback."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FOR_CLIENTS, FederateServeConfig
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs import preflight
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.cli.test_commands import start
from tests.engine.federated.test_clients import a_file, written

pytest.importorskip("flwr", reason="Flower is not installed: see docs/federated.md")
pytest.importorskip("httpx", reason="httpx is not installed: see docs/federated.md")

import httpx
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict

from mnist_core.engine.federated import wire
from mnist_core.engine.federated.http_grid import HttpGrid, web_app
from mnist_core.engine.federated.server import listening

WEIGHTS = [np.zeros((2, 3), np.float32), np.zeros(4, np.float32)]


def question(number: int, weights: list[Any] = WEIGHTS) -> Message:
    content = RecordDict({"arrays": ArrayRecord(weights), "config": ConfigRecord({"server-round": 1})})
    return Message(content, number, "train")


def answered(message: Message, weights: list[Any]) -> bytes:
    content = RecordDict({"arrays": ArrayRecord(weights), "metrics": MetricRecord({"weight": 3.0})})
    return wire.packed(Message(content, reply_to=message))


@pytest.fixture
def grid() -> HttpGrid:
    return HttpGrid(WEIGHTS, lambda: None, timeout=20)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def client(grid: HttpGrid, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Somebody with the token, and a server that listens."""
    monkeypatch.setattr("mnist_core.engine.federated.http_grid.LONG_POLL_S", 0.2)
    app = web_app(grid, {"settings": {}, "model": "m", "digest": "d"}, frozenset({"a-token-of-some-length"}))
    headers = {"Authorization": "Bearer a-token-of-some-length"}
    with (
        listening(FederateServeConfig(port=port), app),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as connection,
    ):
        yield connection


def test_a_message_is_fetched_and_answered(grid: HttpGrid, client: httpx.Client) -> None:
    """A client that comes back has its number again, and fetches the message that it has lost again."""
    first, second = (client.post(wire.JOIN, params={"name": name}).json()["client"] for name in "ab")
    assert client.post(wire.JOIN, params={"name": "a"}).json()["client"] == first
    assert grid.names == {first: "a", second: "b"}
    assert client.get(wire.MESSAGE, params={"client": first}).status_code == 204
    replies: list[Message] = []
    asking = threading.Thread(target=lambda: replies.extend(grid.send_and_receive([question(first)])))
    asking.start()
    for _ in range(2):
        fetched = client.get(wire.MESSAGE, params={"client": first})
    asked = wire.unpacked(fetched.content, WEIGHTS)
    weights = [each + 1 for each in WEIGHTS]
    for number, content in ((second, answered(asked, weights)), (first, b"damaged"), (first, answered(asked, [])[:-9])):
        assert client.post(wire.REPLY, params={"client": number}, content=content).status_code == 400
    assert client.post(wire.REPLY, params={"client": first}, content=answered(asked, weights)).status_code == 204
    asking.join()
    assert [each.content["metrics"]["weight"] for each in replies] == [3.0]
    np.testing.assert_array_equal(replies[0].content["arrays"].to_numpy_ndarrays()[1], weights[1])
    grid.over = True
    assert client.get(wire.MESSAGE, params={"client": first}).status_code == 410


def test_who_has_no_token_takes_no_part(client: httpx.Client) -> None:
    """Neither joins, nor sees the weights, nor sends any."""
    for token in ("", "Bearer another-token-of-length"):
        headers = {"Authorization": token}
        assert client.post(wire.JOIN, params={"name": "eve"}, headers=headers).status_code == 401
        assert client.get(wire.MESSAGE, params={"client": 2}, headers=headers).status_code == 401
        assert client.post(wire.REPLY, params={"client": 2}, headers=headers).status_code == 401
    assert client.post(wire.JOIN, params={"name": " "}).status_code == 400


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
        assert process.wait(timeout=600) == 0
    (job,) = Jobs(place).page(limit=5)
    found = Run.at(place, job.id).report_as(FederateReport)
    assert found is not None
    assert sorted(each.name for each in found.clients) == ["a", "b", "c"]
    assert all(each.alone is not None and each.pooled is None for each in found.clients)
    assert len(found.rounds) == 2
