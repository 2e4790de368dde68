"""Who may ask the real server, and what it serves beside the pages."""

from contextlib import closing
from email.message import Message
from http.client import HTTPConnection

import pytest

from mnist_core.common.hosts import is_allowed
from pages.server import PLOTLY
from tests.browser.conftest import Server


def ask(server: Server, path: str, host: str) -> tuple[int, Message, bytes]:
    """Status, headers and body of the answer to a request that names this host."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def test_only_this_machine_s_names_are_answered(server: Server) -> None:
    """A foreign name gets neither the page nor a file, and is told why."""
    for host in (
        "localhost",
        f"localhost:{server.port}",
        "127.0.0.1",
        f"127.0.0.1:{server.port}",
        "[::1]",
        "LOCALHOST.",
    ):
        status, _, page = ask(server, "/", host)
        assert (status, b"Streamlit" in page) == (200, True), host
    for host in ("evil.example", f"evil.example:{server.port}", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        for path in ("/", "/train", f"/{PLOTLY}", "/_stcore/health", "/_stcore/host-config", "/nothing"):
            status, _, said = ask(server, path, host)
            assert (status, b"not allowed" in said) == (403, True), (host, path)


def test_plotly_js_is_served(server: Server) -> None:
    """Whole, as a script, to be kept by the browser; nothing has been written into the program's folder for it."""
    status, headers, script = ask(server, f"/{PLOTLY}", "localhost")
    assert status == 200
    assert headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in headers["Cache-Control"]
    assert script.startswith(b"/**\n* plotly.js v")


def test_a_page_comes_with_its_styles(server: Server) -> None:
    """Whatever the browser has kept of Streamlit's page, because a new version of the program has other styles."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        pages = []
        for kept in ({}, {"If-None-Match": "*", "Accept-Encoding": "gzip"}):
            connection.request("GET", "/train", headers={"Accept": "text/html,*/*;q=0.8"} | kept)
            response = connection.getresponse()
            assert response.status == 200
            pages.append(response.read())
    assert b".st-key-heading" in pages[0]
    assert pages[0] == pages[1]


def test_the_fine_tune_page_has_the_address_that_people_guess(server: Server) -> None:
    status, headers, _ = ask(server, "/fine-tune", "localhost")
    assert (status, headers["Location"]) == (307, "fine_tune")


@pytest.mark.parametrize(
    ("host", "allowed", "answer"),
    [
        ("any.example", [], True),
        ("any.example", ["*"], True),
        ("a.example.org:80", ["*.example.org"], True),
        ("example.org", ["*.example.org"], False),
        ("evilexample.org", ["*.example.org"], False),
        ("[::1]:8501", ["::1"], True),
        ("[::2]:8501", ["::1"], False),
        ("localhost:evil", ["localhost"], False),
        ("localhost@evil.example", ["localhost"], False),
        ("", ["localhost"], False),
    ],
)
def test_hosts_are_compared_as_the_websocket_does(host: str, allowed: list[str], answer: bool) -> None:
    """By their names, whatever the port."""
    assert is_allowed(host, tuple(allowed)) is answer
