"""With --keep-inputs: the drawings whose predictions are least certain go into the review queue."""

from collections.abc import Sequence

from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.service.observing import Observer
from mnist_core.service.recent import Remembered
from mnist_core.service.served import Served

MOST = 20
"""Drawings at a time, so that a flood of requests does not become a flood of writes. The queue itself is bounded."""


class Keeper(Observer):
    """Keeps drawings without any feedback."""

    name = "keep-inputs"

    def __init__(self, workspace: Workspace) -> None:
        self._queue = ReviewQueue(workspace)

    def on_predictions(self, served: Sequence[Served]) -> None:
        drawn = [Remembered.of(each) for each in served if each.prediction.verdict != "nothing drawn"]
        self._queue.add([each.drawing for each in sorted(drawn, key=lambda each: each.margin)[:MOST]])
