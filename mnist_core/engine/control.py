"""What the world outside wants of a training, and what it is told."""

from collections.abc import Callable
from typing import Protocol

from mnist_core.jobs.progress import Progress

OnProgress = Callable[[Progress], None]


class Stop(Exception):
    """The user wants the training to end now and keep what it has."""


class Discard(Exception):
    """The user wants the training to end and leave nothing."""


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
