"""What a client may cost before its request is known."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.service import protocol
from tests.service.client import PATIENCE_S, STROKES, Client, serving, wait_until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@contextmanager
def connected(client: Client) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", client.port), PATIENCE_S) as connection:
        yield connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the service closes the connection."""
    found = b""
    try:
        while part := connection.recv(4096):
            found += part
    except ConnectionResetError:
        pass  # it was closed while more was sent
    return found


def test_a_head_is_limited(client: Client) -> None:
    """However it is divided; a head within the limit is none the worse."""
    with connected(client) as connection:
        connection.sendall(REQUEST + b"X-A: " + b"a" * 60_000 + b"\r\nConnection: close\r\n\r\n")
        assert b" 200 OK" in answer(connection)
    with connected(client) as connection:
        try:
            connection.sendall(REQUEST)
            for _ in range(10_000):
                connection.sendall(b"X-A: " + b"a" * 4000 + b"\r\n")
        except OSError:
            pass
        else:
            pytest.fail("40 MB of headers were taken")
    assert client.get("/healthz").status == 200


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("sent", [b"GET", REQUEST, b"\r\n\r\n"])
def test_a_head_must_arrive(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, sent: bytes, answered: bool) -> None:
    """A connection on which nothing more comes is closed, also after an answer."""
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    with serving(workspace) as client, connected(client) as connection:
        if answered:
            connection.sendall(REQUEST + b"\r\n")
            assert b" 200 OK" in connection.recv(4096)
        connection.sendall(sent)
        assert b"HTTP/1.1" not in answer(connection)


def test_an_idle_connection_is_closed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    with serving(workspace) as client, connected(client) as connection:
        assert answer(connection) == b""


def test_a_body_that_nobody_reads_must_arrive(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal, the rest of a body is skipped, but not for ever."""
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    with serving(workspace) as client, connected(client) as connection:
        connection.sendall(b"POST /nix HTTP/1.1\r\nHost: evil.example.org\r\nContent-Length: 9999\r\n\r\n")
        assert b" 403 " in connection.recv(4096)
        connection.sendall(b" " * 100)
        answer(connection)  # which ends


def test_connections_are_limited(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is closed; when others have gone, there is room again."""
    monkeypatch.setattr(protocol, "CONNECTIONS", 3)
    with serving(workspace) as client:
        with ExitStack() as open_ones:
            for _ in range(2):
                open_ones.enter_context(connected(client)).sendall(b"G")
            with connected(client) as refused:
                assert answer(refused) == b""
            assert client.post("/v1/predict", {"strokes": STROKES}).status == 200

        def has_room() -> bool:
            with connected(client) as another:
                another.sendall(REQUEST + b"Connection: close\r\n\r\n")
                return b" 200 OK" in answer(another)

        wait_until(has_room)
