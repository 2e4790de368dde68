"""Whatever watches the service: the figures for Prometheus, the comparison of models, the log of predictions.

A request only appends a record to each observer's buffer. Each observer has a thread of its own, so one that waits for
a database delays neither requests nor the other observers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

from mnist_core.common.buffer import Buffer
from mnist_core.service.recent import Remembered
from mnist_core.service.served import Served

MOST = 5000
"""Records that wait for an observer."""


@dataclass(frozen=True)
class Feedback:
    """The digit that a client says an earlier prediction should have been."""

    id: str
    """The prediction's."""
    remembered: Remembered
    digit: int
    before: int | None
    """What the feedback before this one said; None for the first one."""


Event = Served | Feedback


class Observer:
    """Watches the service. Its functions run in a thread of its own, and they must not keep the list.

    The feedback on a prediction comes after the prediction.
    """

    name: str

    def on_predictions(self, served: Sequence[Served]) -> None:
        """Gets each prediction once, in order."""

    def on_feedback(self, given: Sequence[Feedback]) -> None:
        """Gets each feedback once, in order."""


class Observers:
    """All observers, each with its buffer."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._buffers = {each.name: Buffer(partial(_tell, each), MOST, each.name) for each in observers}

    def add(self, event: Event) -> None:
        """Show it to all of them soon."""
        for buffer in self._buffers.values():
            buffer.add(event)

    def flush(self, name: str, within_s: float) -> bool:
        """Wait until this observer has seen all so far, but no longer than this; return whether it has."""
        return self._buffers[name].flush(within_s)

    def close(self, within_s: float) -> None:
        """Let all of them see what is left, in this time."""
        deadline = monotonic() + within_s
        for buffer in self._buffers.values():
            buffer.close(max(0.0, deadline - monotonic()))

    @property
    def dropped(self) -> dict[str, int]:
        """An observer's name → the records that it could not take in."""
        return {name: buffer.dropped for name, buffer in self._buffers.items()}


def _tell(observer: Observer, events: Sequence[Event]) -> None:
    served = [each for each in events if isinstance(each, Served)]
    given = [each for each in events if isinstance(each, Feedback)]
    if served:
        observer.on_predictions(served)
    if given:
        observer.on_feedback(given)
