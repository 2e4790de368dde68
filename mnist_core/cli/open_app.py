"""`mnist-studio` without a command: the app's server, and its page in the browser or in a window of its own.

The app is a program beside this package, so it is loaded from its file. The server runs in this process until Ctrl-C,
or until the window is closed.
"""

import os
import socket
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Annotated, Any

import typer

import mnist_core
from mnist_core.cli import window
from mnist_core.cli.shared import WorkspaceOption, output
from mnist_core.common import cancelling, processes
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace

HOST = "127.0.0.1"


def without_a_command(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=_("The app's port. [8501, or the next free one]"))
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help=_("Do not open the browser."))] = False,
    in_window: Annotated[bool, typer.Option("--window", help=_("Open a window instead of the browser."))] = False,
    workspace: WorkspaceOption = "",
    version: Annotated[bool, typer.Option("--version", help=_("Print the version and exit."))] = False,
) -> None:
    """Open the app, unless there is a command."""
    if version:
        output.print(f"MNIST Studio {mnist_core.__version__}")
        raise typer.Exit
    if context.invoked_subcommand:
        if port or no_browser or in_window or workspace:
            raise InputError(
                _(
                    "Options before a command apply to the app. Put options for {command} after `{command}`.",
                    command=context.invoked_subcommand,
                )
            )
        return
    if port and not _is_free(port):
        raise InputError(
            _(
                "Port {port} is in use. Choose another one, or leave out --port to take the next free one.",
                port=str(port),
            )
        )
    if in_window:
        window.check()
    opened = Workspace.open(workspace)
    os.environ["MNIST_STUDIO_HOME"] = str(opened.root)
    options: dict[str, Any] = {"server.port": port} if port else {}
    if no_browser or in_window:
        options["server.headless"] = True
    if not in_window:
        _serve(options)
        return
    options["server.port"] = chosen = port or _free_port()
    server = threading.Thread(target=_serve, args=(options,), daemon=True)
    server.start()
    window.show(chosen, opened, while_true=server.is_alive)


def _serve(options: dict[str, Any]) -> None:
    """Run the app's server until it is told to end.

    Args:
        options: Streamlit's, beside those of its config.toml.
    """
    script = _folder() / "app.py"
    sys.argv = [str(script)]  # Streamlit looks for its config.toml and for the pages beside this file
    sys.path.insert(0, str(script.parent))
    with cancelling.loading():
        spec = spec_from_file_location("app", script)
        assert spec is not None
        assert spec.loader is not None
        app = module_from_spec(spec)
        spec.loader.exec_module(app)
    app.app.run(config=options)


def _folder() -> Path:
    """The folder that holds app.py and its pages: the repository, or a package's where the program is installed."""
    installed = processes.HOME / "mnist_studio"
    return installed if installed.is_dir() else processes.HOME


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        if os.name != "nt":  # there it would take a port that another program has
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
