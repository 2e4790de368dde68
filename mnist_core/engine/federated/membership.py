"""A client's place at a server. It outlives the client's connection, its process, and the server's process."""

import hashlib
import os
import ssl
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock, Timeout

from mnist_core.common import names
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import replacing
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FOR_CLIENTS
from mnist_core.engine.federated import wire

PATIENCE_S = 120.0
"""How long a client tries again if the server does not answer."""
AGAIN_S = 1.0


@dataclass(frozen=True)
class Server:
    """Where to join."""

    url: str
    token: str = ""
    certificate: Path | None = None
    """Whom to trust, if the server's certificate is from none of the system's authorities."""

    def connection(self) -> httpx.Client:
        """Raises:
        InputError: this is no address of a server, or the certificate cannot be read.
        """
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise InputError(
                _("{url} is not the address of a server. Give one such as https://example.org:8471.", url=self.url)
            )
        try:
            context = ssl.create_default_context(cafile=str(self.certificate) if self.certificate else None)
        except OSError as error:
            raise InputError(_("The certificate cannot be used: {reason}.", reason=str(error))) from None
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=url, headers=headers, verify=context, timeout=60, trust_env=False)


@contextmanager
def kept_secret(workspace: Workspace, url: str, name: str) -> Iterator[Path]:
    """The file for the secret of the client of this name. A client that starts again finds it there.

    Raises:
        InputError: another process of this workspace is that client.
    """
    workspace.federated.mkdir(exist_ok=True)
    file = workspace.federated / hashlib.sha256(f"{url}\n{name}".encode()).hexdigest()[:16]
    try:
        with FileLock(f"{file}.lock", timeout=0):
            yield file
    except Timeout:
        raise InputError(
            _("Another process is already taking part as {name}. Choose a different name with --name.", name=name)
        ) from None


class Membership:
    """This client among the server's clients. It joins again if the server has forgotten it."""

    def __init__(self, connection: httpx.Client, name: str, secret: Path) -> None:
        """
        Args:
            secret: see `kept_secret`.

        Raises:
            InputError: the server refuses this client, or is no such server.
            StudioError: it does not answer.
        """
        self._connection, self._name, self._file = connection, name, secret
        self._secret = secret.read_text("ascii") if secret.is_file() else ""
        self.number = 0
        self.settings: dict[str, Any] = {}
        """What to train with."""
        self.model = self.digest = ""
        """The name and the digest of the model that the server begins with."""
        self._join()

    def message(self) -> bytes | None:
        """The next message, or None if there are no more.

        Raises:
            InputError: the server refuses this client, or has begun another run.
            StudioError: it does not answer, or has ended the run without a result.
        """
        expected = (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        while True:
            response = self._ask("GET", wire.MESSAGE, expected)
            if response.status_code == HTTPStatus.OK:
                content: bytes = response.content
                return content
            if response.status_code == HTTPStatus.GONE:
                if why := _reason(response):
                    raise StudioError(why)
                return None
            if response.status_code == HTTPStatus.NOT_FOUND:
                time.sleep(AGAIN_S)
                self._join_again()

    def answer(self, content: bytes) -> bool:
        """Send a reply, and return whether it has come in time.

        Raises:
            InputError: the server refuses it.
            StudioError: it does not answer.
        """
        expected = (HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)
        status: int = self._ask("POST", wire.REPLY, expected, content=content).status_code
        return status == HTTPStatus.NO_CONTENT

    def _join_again(self) -> None:
        before = (self.settings, self.digest)
        self._join()
        if (self.settings, self.digest) != before:
            raise InputError(_("The server has started another run. To take part in it, join again."))

    def _join(self) -> None:
        response = self._ask("POST", wire.JOIN, (HTTPStatus.OK,), params={"name": self._name})
        try:
            told = response.json()
            self.settings = {each: told["settings"][each] for each in FOR_CLIENTS}
            self.number, self.model, self.digest = int(told["client"]), str(told["model"]), str(told["digest"])
            self._secret = str(told["secret"])
        except (ValueError, KeyError, TypeError):
            raise InputError(
                _("{url} is no server of federated learning.", url=str(self._connection.base_url))
            ) from None
        with replacing(self._file) as temporary:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self._secret)

    def _ask(self, method: str, path: str, expected: Container[int], **what: Any) -> httpx.Response:
        """The server's answer. While it does not answer, it is asked again.

        Raises:
            InputError: its status is none of the expected ones.
            StudioError: it does not answer for `PATIENCE_S`.
        """
        until, headers = time.monotonic() + PATIENCE_S, {wire.CREDENTIAL: self._secret}
        while True:
            try:
                response = self._connection.request(method, path, headers=headers, **what)
                break
            except httpx.TransportError as error:
                if time.monotonic() > until or isinstance(error.__cause__, ssl.SSLCertVerificationError):
                    url = str(self._connection.base_url)
                    raise StudioError(
                        _("The server at {url} does not answer: {reason}.", url=url, reason=str(error))
                    ) from None
                time.sleep(AGAIN_S)
        if response.status_code not in expected:
            raise InputError(_("The server refuses this client: {reason}", reason=_reason(response)))
        return response


def _reason(response: httpx.Response) -> str:
    """What the server says about its refusal."""
    try:
        text = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        text = response.text or str(response.status_code)
    return names.plain(text[:200])
