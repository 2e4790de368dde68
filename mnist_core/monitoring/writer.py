"""Writes into the log from a thread, so that nobody who draws waits for the disk."""

import queue
import threading
import time
from dataclasses import dataclass

from mnist_core.common import log
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.record import Seen, rows

MOST = 1000
"""Predictions that wait. More are dropped and counted."""
GATHER_S = 0.3
"""How long the thread lets predictions gather for one transaction."""


@dataclass(frozen=True, slots=True)
class _Label:
    id: str
    label: int | None


class Writer:
    """A queue in front of the log. Its methods return at once, except `flush`."""

    def __init__(self, predictions: PredictionLog, most: int = MOST) -> None:
        self.dropped = 0
        self._log = predictions
        self._waiting: queue.Queue[Seen | _Label] = queue.Queue(most)
        self._started = threading.Lock()

    def add(self, seen: Seen) -> None:
        """Store a prediction soon, or drop it if too many wait."""
        self._put(seen)

    def label(self, prediction_id: str, label: int | None) -> None:
        """Store soon which digit a person says it is."""
        self._put(_Label(prediction_id, label))

    def flush(self) -> None:
        """Wait until all is written."""
        self._waiting.join()

    def _put(self, item: Seen | _Label) -> None:
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            self.dropped += 1
            return
        if self._started.acquire(blocking=False):  # the first item starts the thread
            threading.Thread(target=self._run, name="prediction-log", daemon=True).start()

    def _run(self) -> None:
        while True:
            items = [self._waiting.get()]
            time.sleep(GATHER_S)
            while not self._waiting.empty():
                items.append(self._waiting.get())
            try:
                self._write(items)
            except Exception as error:  # noqa: BLE001 – a boundary, which logs it; drawing goes on without the log
                self.dropped += len(items)
                log.told(error)
            for _ in items:
                self._waiting.task_done()

    def _write(self, items: list[Seen | _Label]) -> None:
        if self._log.logs_drawings:
            self._log.add(rows([each for each in items if isinstance(each, Seen)]))
            for each in items:
                if isinstance(each, _Label):
                    self._log.label(each.id, each.label)
