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
from mnist_core.cli.shared import WorkspaceOption, hand_down, output
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import PROGRAM, Workspace

HOST = "127.0.0.1"


def without_a_command(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=_("The app's port. [8501, or the next free one]"))
    ] = None,
    host: Annotated[
        str, typer.Option(help=_("The address that the app listens at; 0.0.0.0 means all addresses. [127.0.0.1]"))
    ] = "",
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
        hand_down(context, workspace)
        if port or host or no_browser or in_window:
            raise InputError(
                _(
                    "Options before a command apply to the app. Put options for {command} after `{command}`.",
                    command=context.invoked_subcommand,
                )
            )
        return
    _check(port, host, in_window=in_window)
    opened = Workspace.open(workspace)
    os.environ["MNIST_STUDIO_HOME"] = str(opened.root)
    cancelling.end_with(_("MNIST Studio has ended."))
    options: dict[str, Any] = {"server.port": port} if port else {}
    if host:
        options["server.address"] = host
    if no_browser or in_window:
        options["server.headless"] = True
    if not in_window:
        _serve(options)
        return
    options["server.port"] = chosen = port or _free_port()
    server = threading.Thread(target=_serve, args=(options,), daemon=True)
    server.start()
    window.show(chosen, opened, while_true=server.is_alive)


def _check(port: int | None, host: str, *, in_window: bool) -> None:
    """Raises:
    InputError: the app cannot listen there, or cannot show a window.
    """
    if in_window and host:
        raise InputError(_("A window shows the app on this machine only. Leave out --host or --window."))
    if host and not _is_free(0, host):
        raise InputError(
            _("This machine has no address {host}. Use 127.0.0.1, or 0.0.0.0 for all addresses.", host=host)
        )
    if port and not _is_free(port, host or HOST):
        raise InputError(
            _(
                "Port {port} is in use. Choose another one, or leave out --port to take the next free one.",
                port=str(port),
            )
        )
    if in_window:
        window.check()


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
    installed = PROGRAM / "mnist_studio"
    return installed if installed.is_dir() else PROGRAM


def _is_free(port: int, host: str) -> bool:
    """Whether a server can listen there; port 0 is always free."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
        if os.name != "nt":  # there it would take a port that another program has
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except (OSError, UnicodeError):  # a name that no machine can have is the second
            return False
        return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
