"""A service in this process, in a thread of its own, and a client for it."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

from mnist_core.common.hosts import THIS_MACHINE
from mnist_core.common.workspace import Workspace
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry, shipped
from mnist_core.service.access import AccessPolicy
from mnist_core.service.address import Address
from mnist_core.service.server import Server
from mnist_core.service.serving import Options, Service
from mnist_core.service.watching import Watch
from tests.models.files import copy_shipped

JSON = {"Content-Type": "application/json"}
STROKES = [[[30, 10], [28, 60], [31, 110]]]
PATIENCE_S = 30


class Answer:
    """What came back, read completely."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection, which stays open."""

    def __init__(self, port: int, certificate: Path | None = None) -> None:
        """
        Args:
            certificate: the server's own, for HTTPS.
        """
        self.port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        if certificate is not None:
            context = ssl.create_default_context(cafile=certificate)
            self._connection = HTTPSConnection("localhost", port, timeout=PATIENCE_S, context=context)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.send("GET", path, None, headers or {})

    def post(self, path: str, content: Any, headers: dict[str, str] | None = None) -> Answer:
        """Bytes are sent as they are, anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.send("POST", path, body, JSON | (headers or {}))

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request(method, path, body, headers)
            return Answer(self._connection.getresponse())
        except OSError:
            self._connection.close()
            raise

    def begin(self, path: str, content: Any) -> None:
        """Send a request whose answer `end` reads."""
        self._connection.request("POST", path, json.dumps(content).encode(), JSON)

    def end(self) -> Answer:
        return Answer(self._connection.getresponse())

    def close(self) -> None:
        self._connection.close()


def copy_of_the_shipped(registry: Registry, name: str) -> Model:
    """Another model, which predicts the same."""
    card = shipped().card.model_copy(update={"name": name, "kind": "imported", "base": None, "run": None})
    return registry.add(card, copy_shipped)


def wait_until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(
    workspace: Workspace,
    *,
    access_log: bool = False,
    certfile: Path | None = None,
    keyfile: Path | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Iterator[Client]:
    """A service with these options; nobody but this machine may reach it unless they say otherwise."""
    options = {"policy": AccessPolicy(THIS_MACHINE)} | options
    service = Service(workspace, Options(**options), [watch] if watch else [])
    server = Server(
        service, Address("127.0.0.1", free_port(), certfile, keyfile), access_log=access_log, closing_s=0.02
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    client = Client(server.port, certfile)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not _answers(client):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield client
    finally:
        client.close()
        server.stop()
        thread.join()


def _answers(client: Client) -> bool:
    try:
        return client.get("/healthz").status == 200
    except OSError:
        return False
