"""`mnist-studio` without a command: the app's server as a real process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from tests.cli.test_commands import call, start

PATIENCE_S = 60


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that another program listens at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def executable(path: Path, program: str) -> None:
    """Write a Python program that can be called by its name."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)


def test_a_taken_port_is_refused(workspace: Workspace) -> None:
    """If it was named; the message says what to do."""
    with taken_port() as port:
        status, out, err = call(workspace, "--port", str(port))
    assert (status, out) == (2, "")
    assert f"Port {port} is in use. Choose another one" in err


def test_options_of_the_app_and_a_command_are_told_apart(workspace: Workspace) -> None:
    """Options before a command would be lost, except for the workspace."""
    status, _, err = call(workspace, "--port", "8600", "models", "list")
    assert status == 2
    assert "Put options for models after `models`" in err


@pytest.mark.parametrize("before", [(), ("drawings",)])
def test_the_workspace_may_be_named_before_a_command(before: tuple[str, ...], workspace: Workspace) -> None:
    """Of the program, or of a group."""
    named, words = workspace.root / "named", ("drawings", "list", "--json")
    status, out, err = call(workspace, *before, "--workspace", str(named), *words[len(before) :])
    assert (status, err) == (0, "")
    assert '"total": 0' in out
    assert Workspace.open(named).database.exists()


@pytest.mark.parametrize("host", ["203.0.113.7", "a..b"])
def test_an_address_that_is_not_this_machine_s_is_refused(host: str, workspace: Workspace) -> None:
    """Before anything is loaded; the message has the two that all machines have."""
    status, out, err = call(workspace, "--host", host)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"no address {host}. Use 127.0.0.1, or 0.0.0.0 for all" in err


def test_a_window_is_on_this_machine(workspace: Workspace) -> None:
    """It would wait for a server that listens elsewhere."""
    status, _, err = call(workspace, "--window", "--host", "0.0.0.0")
    assert (status, err.count("\n")) == (2, 1)
    assert "Leave out --host or --window" in err


@pytest.mark.skipif(sys.platform == "darwin", reason="psutil may not look there")
@pytest.mark.parametrize(("words", "address"), [((), "127.0.0.1"), (("--host", "0.0.0.0"), "0.0.0.0")])
def test_the_app_listens_at_the_address_that_is_named(
    words: tuple[str, ...], address: str, workspace: Workspace
) -> None:
    """And at no other; by default, other machines cannot reach it."""
    with start(workspace, "--no-browser", *words, start_new_session=True) as app:
        assert app.stdout is not None
        app.stdout.readline()
        connections = psutil.Process(app.pid).net_connections("inet")
        app.kill()
    assert {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN} == {address}


@pytest.mark.skipif(find_spec("webview") is not None, reason="it is installed here")
def test_a_window_needs_its_library(workspace: Workspace) -> None:
    """The message has the command that installs it."""
    status, _, err = call(workspace, "--window")
    assert (status, err.count("\n")) == (2, 1)
    assert 'pip install "mnist-studio[window]"' in err


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_the_browser_is_opened_and_ctrl_c_ends_the_app(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the address that is printed."""
    opened = tmp_path / "opened"
    executable(tmp_path / "bin" / "xdg-open", f"import sys\nopen({str(opened)!r}, 'a').write(sys.argv[1])")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    with start(workspace, start_new_session=True) as app:
        assert app.stdout is not None
        said = app.stdout.readline()
        url = said.split()[4]
        assert said == f"MNIST Studio runs at {url} (Ctrl-C ends it)\n"
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not (opened.exists() and opened.read_text() == url):
            time.sleep(0.05)
        app.send_signal(signal.SIGINT)
        _, err = app.communicate(timeout=PATIENCE_S)
    assert (app.returncode, err) == (130, "MNIST Studio has ended.\n")
    assert opened.read_text() == url


WEBVIEW = """
import types, urllib.request
settings, errors = {}, types.SimpleNamespace(WebViewException=OSError)
def create_window(title, url, **size):
    global shown
    shown = url
def start(**where):
    print(urllib.request.urlopen(shown + "/_stcore/health").read().decode())
    if "broken" in __file__: raise OSError("There is no display.")
"""


@pytest.mark.parametrize(("name", "status", "says"), [("whole", 0, ""), ("broken", 1, "cannot show a window. There")])
def test_a_window_shows_the_app(name: str, status: int, says: str, workspace: Workspace, tmp_path: Path) -> None:
    """When the server answers; the app ends with its window, and says so if there can be none."""
    library = tmp_path / name / "webview.py"
    library.parent.mkdir()
    library.write_text(WEBVIEW)
    command = [sys.executable, "-m", "mnist_core", "--window", "--workspace", str(workspace.root)]
    environment = processes.environment()
    environment["PYTHONPATH"] += f"{os.pathsep}{library.parent}"
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.stdout.endswith("ok\n"), done.stderr
    assert (done.returncode, says in done.stderr, bool(done.stderr)) == (status, True, bool(says))
