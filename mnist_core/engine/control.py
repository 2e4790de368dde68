"""Requests to a running job (stop, discard, interrupt), and its progress callback."""

from collections.abc import Callable
from typing import Protocol

from mnist_core.jobs.progress import Progress

OnProgress = Callable[[Progress], None]


class Stop(Exception):
    """The user wants the job to end now and keep what it has."""


class Discard(Exception):
    """The user wants the job to end and leave nothing."""


class Interrupted(Exception):
    """The owner of this process has ended: save, and end as well."""


class Control(Protocol):
    """Asked between any two calls of the device."""

    def check(self) -> float:
        """Return the seconds spent paused, which may be long.

        Raises:
            Stop, Discard, Interrupted
        """
        ...
