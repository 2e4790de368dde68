"""Requests to a running job (stop, discard, interrupt), and its progress callback."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from mnist_core.jobs.job import Cause
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run

POLL_S = 0.2
OnProgress = Callable[[Progress], None]


class Stop(Exception):
    """The user wants the job to end now and keep what it has."""


class Discard(Exception):
    """The user wants the job to end and leave nothing."""


class Interrupted(Exception):
    """The owner of this process has ended: save, and end as well. Or something else has ended that the job needs."""

    def __init__(self, cause: Cause = "") -> None:
        super().__init__(cause)
        self.cause = cause


class Control(Protocol):
    """Asked between any two calls of the device."""

    def check(self) -> float:
        """Return the seconds spent paused, which may be long.

        Raises:
            Stop, Discard, Interrupted
        """
        ...


class RunControl:
    """The loop's `Control`: the run's command file, and an event that says that the owner is gone."""

    def __init__(self, run: Run, owner_gone: threading.Event, on_pause: Callable[[bool], None]) -> None:
        """
        Args:
            on_pause: told whether a pause begins (True) or ends.
        """
        self._run, self._owner_gone, self._on_pause = run, owner_gone, on_pause
        self._next_look = 0.0

    def check(self) -> float:
        if self._owner_gone.is_set():
            raise Interrupted
        if (now := time.monotonic()) < self._next_look:
            return 0.0
        self._next_look = now + POLL_S
        command = self._run.command()
        paused = 0.0
        if command == "pause":
            paused = self._pause()
            command = self._run.command()  # what ended the pause
        if command == "stop":
            raise Stop
        if command == "discard":
            raise Discard
        return paused

    def _pause(self) -> float:
        self._on_pause(True)
        since = time.monotonic()
        while self._run.command() == "pause":
            if self._owner_gone.wait(POLL_S):
                raise Interrupted
        self._on_pause(False)
        return time.monotonic() - since
