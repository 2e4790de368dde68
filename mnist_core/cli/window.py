"""`mnist-studio --window`: the app in a window of its own, by pywebview, which is an optional library."""

import logging
import socket
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace

PATIENCE_S = 60.0
"""Seconds that the server may take to start."""
POLL_S = 0.05
INSTALL = 'pip install "mnist-studio[window]"'


def check() -> None:
    """Raises:
    InputError: pywebview is not installed.
    """
    if find_spec("webview") is None:
        raise InputError(_("A window needs pywebview. To install it: {command}", command=INSTALL))


def show(port: int, workspace: Workspace, while_true: Callable[[], bool]) -> None:
    """Show the app, as soon as its server listens at this port; return when the window is closed.

    Args:
        workspace: where the window keeps its cookies.
        while_true: says whether the server is alive.

    Raises:
        StudioError: the server does not start, or this machine cannot show a window.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not _listens(port):
        if not while_true() or time.monotonic() > deadline:
            raise StudioError(_("The app's server has not started, so the window has nothing to show."))
        time.sleep(POLL_S)
    webview = import_module("webview")
    logging.getLogger("pywebview").setLevel(logging.CRITICAL)  # it logs a traceback for each toolkit that is missing
    webview.settings["ALLOW_DOWNLOADS"] = True
    webview.create_window("MNIST Studio", f"http://localhost:{port}", width=1280, height=900)
    try:
        webview.start(private_mode=False, storage_path=str(workspace.window))
    except webview.errors.WebViewException as error:
        raise StudioError(
            _("This machine cannot show a window. {problem} Leave out --window to use a browser.", problem=str(error))
        ) from None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
