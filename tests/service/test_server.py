"""The service's start and its end."""

import socket
import threading
from typing import Any

import pytest
import uvicorn

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.service import server as server_module
from mnist_core.service import state
from mnist_core.service.address import Address
from mnist_core.service.listener import last_connections
from mnist_core.service.server import Server
from mnist_core.service.serving import Options, Service
from tests.service.client import PATIENCE_S, STROKES, Client, free_port, serving, wait_until


def test_a_port_has_one_service(workspace: Workspace) -> None:
    """The second one is refused at once, also if the first one answers nothing yet."""
    port = free_port()
    first = Address("127.0.0.1", port).bind()
    with pytest.raises(InputError, match="cannot listen"):
        Address("127.0.0.1", port).bind()
    first.close()


@pytest.mark.parametrize("error", [OSError("no socket"), SystemExit(3)])
def test_a_service_that_cannot_start_ends_with_an_error(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """It neither waits for ever nor says that it runs."""

    def fail(self: uvicorn.Server, sockets: Any) -> None:
        raise error

    monkeypatch.setattr(uvicorn.Server, "run", fail)
    server = Server(Service(workspace, Options()), Address("127.0.0.1", free_port()), access_log=False)
    said: list[str] = []
    failed: list[StudioError] = []

    def run() -> None:
        try:
            server.run(lambda: said.append("It runs."))
        except StudioError as told:
            failed.append(told)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert "unexpected" in str(failed[0])
    assert said == []


def test_a_state_that_cannot_be_written_ends_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fail(file: Any, found: Any) -> None:
        tried.append(found)
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(state, "write", fail)
    monkeypatch.setattr(server_module, "STATE_S", 0.01)
    with serving(workspace) as client:
        wait_until(lambda: len(tried) > 2)
        assert client.post("/v1/predict", {"strokes": STROKES}).json["digit"] == 1


def test_it_can_be_told_twice_to_end(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    """By two signals, or by its app and a signal."""
    server = Server(Service(workspace, Options()), Address("127.0.0.1", free_port()), access_log=False, closing_s=0.02)
    started = threading.Event()
    thread = threading.Thread(target=server.run, args=(started.set,))
    thread.start()
    assert started.wait(PATIENCE_S)
    enders = [threading.Thread(target=server.stop) for _ in range(2)]
    for each in enders:
        each.start()
    for each in (*enders, thread):
        each.join()
    server.stop()
    assert caplog.records == []


def test_connections_that_nobody_has_accepted_are_answered() -> None:
    """When a socket that listens is closed, the system resets them. So they are accepted first."""
    listener = Address("127.0.0.1", free_port()).bind()
    listener.setblocking(False)
    clients = [socket.create_connection(listener.getsockname(), PATIENCE_S) for _ in range(20)]
    for each in clients:
        each.sendall(b"hello")
    accepted = last_connections(listener)
    listener.close()
    assert len(accepted) == 20
    for each in accepted:
        each.sendall(each.recv(5))
        each.close()
    assert [each.recv(5) for each in clients] == [b"hello"] * 20
    for each in clients:
        each.close()


def test_a_full_table_of_files_loses_no_accepted_connection() -> None:
    """The error comes from the system while others are accepted already."""

    class Full:
        """A socket for which the third file is one too many."""

        def __init__(self) -> None:
            self.left = 2

        def setsockopt(self, *arguments: Any) -> None: ...

        def accept(self) -> tuple[str, None]:
            if not self.left:
                raise OSError(24, "Too many open files")
            self.left -= 1
            return "connection", None

    full: Any = Full()
    assert last_connections(full) == ["connection", "connection"]


def test_the_last_connections_get_their_answers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wait in the system's queue while the event loop is busy with the end."""
    port = free_port()
    server = Server(Service(workspace, Options()), Address("127.0.0.1", port), access_log=False, closing_s=0.02)
    clients: list[Client] = []
    close = server._close

    def close_with_a_full_queue(listening: Any) -> None:
        """Runs in the event loop, which accepts nothing meanwhile."""
        for _ in range(20):
            clients.append(Client(port))
            clients[-1].begin("/v1/predict", {"strokes": STROKES})
        close(listening)

    monkeypatch.setattr(server, "_close", close_with_a_full_queue)
    started = threading.Event()
    thread = threading.Thread(target=server.run, args=(started.set,))
    thread.start()
    assert started.wait(PATIENCE_S)
    server.stop()
    assert [each.end().status for each in clients] == [200] * 20
    thread.join()
    for each in clients:
        each.close()
