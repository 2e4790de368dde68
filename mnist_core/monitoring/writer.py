"""Writes into the log from a thread, so that nobody who draws waits for the disk."""

from dataclasses import dataclass

from mnist_core.common.buffer import Buffer
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.record import Seen, rows

MOST = 1000
"""Predictions that wait. More are dropped and counted."""


@dataclass(frozen=True, slots=True)
class _Label:
    id: str
    label: int | None


class Writer:
    """A buffer in front of the log. Its methods return at once, except `flush`."""

    def __init__(self, predictions: PredictionLog, most: int = MOST) -> None:
        self._log = predictions
        self._waiting = Buffer(self._write, most, "log of the Draw page's predictions")

    @property
    def dropped(self) -> int:
        """What could not be stored."""
        return self._waiting.dropped

    def add(self, seen: Seen) -> None:
        """Store a prediction soon, or drop it if too many wait."""
        self._waiting.add(seen)

    def label(self, prediction_id: str, label: int | None) -> None:
        """Store soon which digit a person says it is."""
        self._waiting.add(_Label(prediction_id, label))

    def flush(self, within_s: float = 10.0) -> bool:
        """Wait until all is written, but no longer than this; return whether it is."""
        return self._waiting.flush(within_s)

    def _write(self, items: list[Seen | _Label]) -> None:
        if self._log.logs_drawings:
            self._log.add(rows([each for each in items if isinstance(each, Seen)]))
            self._log.label({each.id: each.label for each in items if isinstance(each, _Label)})
