"""MNIST from the first mirror that has it: real servers, whole and broken ones."""

import http.server
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import StorageError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, download
from tests.data.mnist_files import Arrays, save, serving, write_idx

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


@contextmanager
def babbling() -> Iterator[str]:
    """A server that answers every request with something that is no HTTP."""
    import socketserver

    class Babble(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(b"220 mail.example.org ready\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Babble) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_without_a_network_the_message_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """No mirror answers: import a file, name one, or use the digits that come along."""
    monkeypatch.setattr(download, "NPZ", f"{NOBODY}/mnist.npz")
    monkeypatch.setattr(download, "IDX_FOLDERS", (NOBODY,))
    with pytest.raises(StudioError, match=r"could not be downloaded\. Set MNIST_STUDIO_DATA .*--dataset digits"):
        datasets.load("mnist", workspace)
    assert not list(workspace.datasets.iterdir())


def test_mnist_is_downloaded_checked_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays, workspace: Workspace
) -> None:
    """From a real server; the progress ends at 1; the second time nothing is asked of the network."""
    (tmp_path / "www").mkdir()
    save(tmp_path / "www" / "mnist.npz", as_mnist)
    shares: list[float] = []
    with serving(tmp_path / "www") as address:
        monkeypatch.setattr(download, "NPZ", f"{address}/mnist.npz")
        loaded = datasets.load("mnist", workspace, shares.append)
    np.testing.assert_array_equal(loaded.x_train, as_mnist["x_train"])
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    np.testing.assert_array_equal(datasets.load("mnist", workspace).y_train, as_mnist["y_train"])


@pytest.mark.parametrize("first", ["missing", "page", "cut", "other", "not http"])
def test_the_next_mirror_is_asked_when_one_fails(
    first: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays, workspace: Workspace
) -> None:
    """A 404, a network's own log-in page, half a file, another data set, or no HTTP at all: the IDX mirror is used."""
    www = write_idx(tmp_path / "www", as_mnist, gz=True)
    whole = save(tmp_path / "whole.npz", as_mnist).read_bytes()
    other = save(tmp_path / "other.npz", {**as_mnist, "x_test": 255 - as_mnist["x_test"]}).read_bytes()
    contents = {"page": b"<html>Please log in</html>", "cut": whole[: len(whole) // 2], "other": other}
    if first in contents:
        (www / "mnist.npz").write_bytes(contents[first])
    shares: list[float] = []
    with serving(www) as address, babbling() as babble:
        monkeypatch.setattr(download, "NPZ", f"{babble if first == 'not http' else address}/mnist.npz")
        monkeypatch.setattr(download, "IDX_FOLDERS", (NOBODY, address))
        loaded = datasets.load("mnist", workspace, shares.append)
    np.testing.assert_array_equal(loaded.x_train, as_mnist["x_train"])
    assert shares[-1] == 1.0


def test_a_mirror_that_never_ends_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays, workspace: Workspace
) -> None:
    """More bytes than MNIST has are not taken."""
    www = write_idx(tmp_path / "www", as_mnist)
    (www / "mnist.npz").write_bytes(bytes(400_000))
    monkeypatch.setattr(download, "MAX_BYTES", 300_000)
    with serving(www) as address:
        monkeypatch.setattr(download, "NPZ", f"{address}/mnist.npz")
        monkeypatch.setattr(download, "IDX_FOLDERS", ())
        with pytest.raises(StudioError, match="could not be downloaded"):
            datasets.load("mnist", workspace)


@contextmanager
def answering(content: bytes, length: int | None) -> Iterator[str]:
    """A server that answers with `content` and says, or not, that it is of `length`."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("announced", "last"), [(True, 1.0), (False, 0.0)])
def test_the_progress_is_a_share_of_what_was_announced(
    announced: bool, last: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays
) -> None:
    """It rises to 1; where the server does not say how much there is, it stays at 0."""
    content = save(tmp_path / "mnist.npz", as_mnist).read_bytes()
    monkeypatch.setattr(download, "CHUNK", 1000)
    shares: list[float] = []
    with answering(content, len(content) if announced else None) as address:
        monkeypatch.setattr(download, "NPZ", address)
        arrays = download.download_mnist(lambda _: None, shares.append)
    for name, array in as_mnist.items():
        np.testing.assert_array_equal(arrays[name], array)
    assert shares == sorted(shares)
    assert len(shares) == -(-len(content) // 1000)
    assert shares[-1] == last


def test_a_connection_that_breaks_off_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays
) -> None:
    """Half of what was announced is not taken for the whole, and nothing is called MNIST that `check` refuses."""
    content = save(tmp_path / "mnist.npz", as_mnist).read_bytes()
    checked: list[Arrays] = []
    with answering(content[:5000], len(content)) as address:
        monkeypatch.setattr(download, "NPZ", address)
        monkeypatch.setattr(download, "IDX_FOLDERS", ())
        with pytest.raises(StudioError, match="could not be downloaded"):
            download.download_mnist(checked.append)
    assert checked == []


# ---- why not


@contextmanager
def refusing_proxy() -> Iterator[str]:
    """A proxy that wants a password."""

    class Refuse(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_response(407, "Proxy Authentication Required")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Refuse) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def failing(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> str:
    """The message when these are the mirrors."""
    monkeypatch.setattr(download, "NPZ", addresses[0])
    monkeypatch.setattr(download, "IDX_FOLDERS", addresses[1:])
    with pytest.raises(
        StudioError, match=r"could not be downloaded\. Set MNIST_STUDIO_DATA .*--dataset digits"
    ) as caught:
        download.download_mnist(lambda _: None)
    return str(caught.value)


def test_each_mirror_has_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays) -> None:
    """A status, another file, half a file, nobody there, no TLS, no HTTP."""
    (tmp_path / "page.npz").write_bytes(b"<html>Please log in</html>")
    content = save(tmp_path / "mnist.npz", as_mnist).read_bytes()
    with serving(tmp_path) as address, babbling() as babble, answering(content[:5000], len(content)) as half:
        missing = failing(monkeypatch, f"{address}/no.npz", f"{address}/no", NOBODY)
        assert missing.endswith(
            "127.0.0.1 answered with the HTTP status 404. The connection to 127.0.0.1 was refused or interrupted."
        )
        assert failing(monkeypatch, f"{address}/page.npz").endswith("127.0.0.1 sent a file that is not MNIST.")
        assert failing(monkeypatch, half).endswith("127.0.0.1 sent only a part of the file.")
        assert failing(monkeypatch, babble).endswith("127.0.0.1 did not answer in HTTP.")
        no_tls = failing(monkeypatch, address.replace("http:", "https:"))
        assert no_tls.endswith("A secure connection to 127.0.0.1 could not be made.")


def test_a_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that refuses, and one that is not there."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with refusing_proxy() as proxy:
        monkeypatch.setenv("https_proxy", f"http://me:secret@{proxy}")
        said = failing(monkeypatch, "https://mirror.invalid/mnist.npz")
    assert said.endswith(
        f"No connection to mirror.invalid (through the proxy {proxy}): the proxy refused (407 Proxy Authentication "
        "Required)."
    )
    assert "secret" not in said
    assert failing(monkeypatch, "https://mirror.invalid/mnist.npz").endswith(
        f"The connection to mirror.invalid (through the proxy {proxy}) was refused or interrupted."
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ssl.SSLCertVerificationError(1, "verify failed"),
            "The certificate of mirror.invalid is not trusted (self-signed certificate).",
        ),
        (TimeoutError("timed out"), "mirror.invalid did not answer within 15 s."),
        (socket.gaierror(-2, "Name or service not known"), "No address was found for mirror.invalid."),
        (OSError(101, "Network is unreachable"), "No connection to mirror.invalid: Network is unreachable."),
    ],
)
def test_what_a_connection_says_is_told(error: OSError, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no server here can be made to do."""

    def fail(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError(error)

    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "self-signed certificate"
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", fail)
    assert said in failing(monkeypatch, "https://mirror.invalid/mnist.npz")


def test_mirrors_with_the_same_reason_are_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without a network; a host with two mirrors is named once."""

    def fail(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", fail)
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    said = failing(monkeypatch, "https://one.invalid/mnist.npz", "https://two.invalid/mnist", "https://one.invalid/idx")
    assert said.endswith("--dataset digits No address was found for one.invalid, two.invalid.")


def test_a_disk_that_does_not_take_it_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays, workspace: Workspace
) -> None:
    """That is no mirror's fault, so no other one is asked."""
    save(tmp_path / "mnist.npz", as_mnist)
    workspace.datasets.rmdir()
    workspace.datasets.touch()
    with serving(tmp_path) as address:
        monkeypatch.setattr(download, "NPZ", f"{address}/mnist.npz")
        with pytest.raises(StorageError, match=r"mnist\.npz could not be used"):
            datasets.load("mnist", workspace)
