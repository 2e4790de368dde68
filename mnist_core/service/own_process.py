"""The service that the app starts: a process of its own, which ends with the app."""

import subprocess
import threading
from contextlib import suppress

import psutil

from mnist_core.common import processes
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.service import state
from mnist_core.service.state import PORT, State


class OwnService:
    """One for each app. All tabs share it, and see services that were started elsewhere as well."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._log = workspace.services / f"{PORT}.log"

    def start(self, *arguments: str) -> None:
        """Start it, unless one is running or starting. Two tabs may ask at once.

        Args:
            arguments: more flags of `serve`.

        Raises:
            OSError: no process can be started.
        """
        with self._starting:
            if not self.starting and not self.running:
                self._start(*arguments)

    def _start(self, *arguments: str) -> None:
        self._log.parent.mkdir(exist_ok=True)
        with self._log.open("wb") as said:
            self._process = subprocess.Popen(
                processes.command(
                    "serve", "--port", str(PORT), "--workspace", str(self._workspace.root), "--ends-with-app",
                    "--no-access-log", *arguments,
                ),
                stdin=subprocess.PIPE, stdout=said, stderr=subprocess.DEVNULL,
                env=processes.environment(PYTHONUNBUFFERED="1"),
                # A group of its own: Ctrl-C in the app's terminal ends the app, and the service by end-of-file.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )  # fmt: skip

    @property
    def running(self) -> list[State]:
        """The services on this workspace that answer."""
        return state.running(self._workspace)

    @property
    def starting(self) -> bool:
        """Whether this app's service is alive and does not answer yet."""
        alive = self._process is not None and self._process.poll() is None
        return alive and all(each.pid != self._process_id for each in self.running)

    @property
    def failure(self) -> Text:
        """Why the last one could not be started or has died; empty if all is well."""
        if self._process is None or not self._process.poll():
            return Text("")
        said = processes.failure(self._log.read_text(encoding="utf-8", errors="replace"))
        return said or _("The service ended with exit status {status}.", status=self._process.returncode)

    def stop(self, service: State) -> None:
        """Tell it to answer what it has accepted, and to end."""
        if service.process.alive:
            with suppress(psutil.NoSuchProcess):  # it has just ended
                psutil.Process(service.pid).terminate()

    @property
    def _process_id(self) -> int:
        return self._process.pid if self._process is not None else 0
