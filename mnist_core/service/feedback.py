"""Feedback: the right digit of an earlier prediction goes into the review queue, where a person decides."""

from collections.abc import Callable, Sequence

from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.service.comparison import Comparison
from mnist_core.service.metrics import Metrics
from mnist_core.service.problems import Problem
from mnist_core.service.recent import Recent
from mnist_core.service.schema import Feedback, FeedbackTaken


class FeedbackDesk:
    """Takes feedback."""

    def __init__(
        self,
        workspace: Workspace,
        recent: Recent,
        comparison: Comparison,
        metrics: Metrics,
        heard: Sequence[Callable[[str, int], None]] = (),
    ) -> None:
        """
        Args:
            heard: are called with the id of each prediction that gets feedback, and the digit.
        """
        self._heard = heard
        self._queue = ReviewQueue(workspace)
        self._recent, self._comparison, self._metrics = recent, comparison, metrics

    def take(self, given: Feedback) -> FeedbackTaken:
        """Once it returns, the drawing is on disk. It writes to the database, so it runs in a thread.

        Raises:
            Problem: 404, the prediction is unknown.
        """
        found = self._recent.get(given.id)
        if found is None:
            detail = (
                f"There is no prediction {given.id!r}. Only the latest predictions are kept, in memory, and none of an "
                "empty drawing."
            )
            raise Problem(404, detail, where="/id")
        right = found.prediction == given.digit
        waits = self._queue.suggest(found.drawing, given.digit)
        self._metrics.feedback(found.role, found.model_id, right=right)
        self._comparison.feedback(found, given.digit)
        for each in self._heard:
            each(given.id, given.digit)
        return FeedbackTaken(id=given.id, digit=given.digit, right=right, waits=waits)
