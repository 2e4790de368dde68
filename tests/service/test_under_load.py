"""The service while much is asked of it: nothing that it has accepted is lost."""

import json
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.models.registry import SHIPPED, Registry
from mnist_core.service import active, state
from mnist_core.service import serving as serving_module
from mnist_core.service.limits import Limits
from mnist_core.service.server import STATE_S
from tests.service.client import PATIENCE_S, STROKES, Client, copy_of_the_shipped, free_port, serving, wait_until

DRAWING = {"strokes": STROKES}


@contextmanager
def asking(port: int, clients: int, *, anew: bool = False) -> Iterator[list[Any]]:
    """Some clients that ask without a pause; the list gets each answer, or the error instead of one.

    Args:
        anew: whether each request has a connection of its own.
    """
    answers: list[Any] = []
    over = threading.Event()

    def ask() -> None:
        client = Client(port)
        while not over.is_set():
            try:
                answers.append(client.post("/v1/predict", DRAWING))
                if anew:
                    client.close()
            except OSError as error:
                client.close()
                answers.append(error)
                if isinstance(error, ConnectionRefusedError):
                    return
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_the_model_changes_without_a_failed_request(workspace: Workspace, monkeypatch: Any) -> None:
    """Fifty times under load, back and forth; the service follows each time, and each answer names its model."""
    monkeypatch.setattr(serving_module, "CHECK_S", 0.01)
    registry = Registry(workspace)
    other = copy_of_the_shipped(registry, "other")
    with serving(workspace) as client, asking(client.port, 4) as answers:
        for number in range(50):
            wanted = (other.id, SHIPPED)[number % 2]
            registry.activate(wanted)
            wait_until(lambda wanted=wanted: client.get("/v1/model").json["id"] == wanted)
    assert {each.status for each in answers} == {200}
    assert {*Counter(each.json["model"] for each in answers)} == {other.id, SHIPPED}


def test_a_model_that_cannot_be_opened_leaves_the_old_one(workspace: Workspace, monkeypatch: Any) -> None:
    """The health says why; once the file is made again, or another model is chosen, that one takes over."""
    monkeypatch.setattr(serving_module, "CHECK_S", 0.01)
    registry = Registry(workspace)
    monkeypatch.setattr(active, "RETRY_S", 0.0)
    broken, good = (copy_of_the_shipped(registry, name) for name in ("broken", "good"))
    whole = broken.onnx.read_bytes()
    broken.onnx.write_bytes(broken.onnx.read_bytes()[:-1000] + bytes(1000))
    with serving(workspace) as client:
        registry.activate(broken.id)
        wait_until(lambda: client.get("/readyz").json["problem"])
        assert "broken" in client.get("/readyz").json["problem"]
        assert client.post("/v1/predict", DRAWING).json["model"] == SHIPPED
        broken.onnx.write_bytes(whole)
        wait_until(lambda: client.post("/v1/predict", DRAWING).json["model"] == broken.id)
        registry.activate(good.id)
        wait_until(lambda: client.post("/v1/predict", DRAWING).json["model"] == good.id)
        wait_until(lambda: client.get("/readyz").json["problem"] == "")


def test_a_full_queue_asks_to_come_again(workspace: Workspace) -> None:
    """While a long list is predicted, another request does not wait behind it."""
    with serving(workspace, limits=Limits(waiting=900)) as client:
        lists: list[int] = []
        other = Client(client.port)
        busy = threading.Thread(target=lambda: lists.append(other.post("/v1/predict", [DRAWING] * 900).status))
        busy.start()
        wait_until(lambda: b"mnist_studio_waiting_images 900.0" in client.get("/metrics").body)
        found = client.post("/v1/predict", DRAWING)
        busy.join()
        other.close()
        assert (found.status, found.headers["Retry-After"]) == (429, "1")
        assert found.headers["Content-Type"] == "application/problem+json"
        assert lists == [200]
        assert client.post("/v1/predict", DRAWING).status == 200


def start(workspace: Workspace, port: int, *arguments: str) -> "subprocess.Popen[str]":
    """A service in a process of its own, which answers by now."""
    process = subprocess.Popen(
        processes.command("serve", "--port", str(port), "--workspace", str(workspace.root), *arguments),
        env=processes.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(lambda: state.running(workspace) or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    return process


@pytest.mark.parametrize("anew", [False, True])
def test_term_loses_nothing(workspace: Workspace, anew: bool) -> None:
    """Each request is answered, or its connection was refused because the service had ended; the log has each.

    The system also makes connections in the moment between the last look at its queue and the end of listening. It
    resets them, because nobody accepts them any more.
    """
    port = free_port()
    process = start(workspace, port)
    with asking(port, 8, anew=anew) as answers:
        wait_until(lambda: len(answers) > 200)
        process.send_signal(signal.SIGTERM)
        out, told = process.communicate(timeout=PATIENCE_S)
    answered = [each for each in answers if not isinstance(each, OSError)]
    assert {each.status for each in answered} == {200}
    allowed = {ConnectionRefusedError, ConnectionResetError} if anew else {ConnectionRefusedError}
    assert {type(each) for each in answers if isinstance(each, OSError)} <= allowed
    logged = {each["id"] for each in map(json.loads, out.splitlines()) if each["path"] == "/v1/predict"}
    assert logged == {each.headers["X-Request-ID"] for each in answered}
    assert (process.returncode, state.running(workspace)) == (0, [])
    assert "Traceback" not in told


@pytest.mark.slow
def test_it_ends_although_its_workspace_has_gone(workspace: Workspace) -> None:
    """It answers without its workspace, hears the signal, and leaves no process behind."""
    port = free_port()
    process = start(workspace, port, "--no-access-log")
    shutil.rmtree(workspace.root)
    client = Client(port)
    time.sleep(1.5 * STATE_S)  # it has tried to write its state
    assert client.post("/v1/predict", DRAWING).json["digit"] == 1
    client.close()
    process.terminate()
    told = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 0, told


def test_it_ends_with_its_app(workspace: Workspace) -> None:
    """The app's end of standard input closes when the app ends, however it ends."""
    process = start(workspace, free_port(), "--ends-with-app", "--no-access-log")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 0
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()
