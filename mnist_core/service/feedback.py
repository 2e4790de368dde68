"""Feedback: which digit an earlier drawing shows. The drawing goes into the review queue, where a person decides."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.service import schema
from mnist_core.service.observing import Feedback
from mnist_core.service.problems import Problem
from mnist_core.service.recent import Recent


class FeedbackDesk:
    """Takes feedback."""

    def __init__(
        self, workspace: Workspace, recent: Recent, tell: Callable[[Feedback], None], writing: Executor
    ) -> None:
        """
        Args:
            tell: is called with each feedback whose drawing has been stored.
            writing: one thread, for the database.
        """
        self._queue = ReviewQueue(workspace)
        self._recent, self._tell, self._writing = recent, tell, writing

    async def take(self, given: schema.Feedback) -> schema.FeedbackTaken:
        """Once it returns, the drawing is on disk. The same feedback again changes nothing.

        Raises:
            Problem: 404, the prediction is unknown.
            StudioError: the database cannot be used.
        """
        found = self._recent.get(given.id)
        if found is None:
            detail = (
                f"There is no prediction {given.id!r}. Only the latest predictions are kept, in memory, and none of an "
                "empty drawing."
            )
            raise Problem(404, detail, where="/id")
        loop = asyncio.get_running_loop()
        waits = await loop.run_in_executor(self._writing, self._queue.suggest, found.drawing, given.digit)
        before, found.digit = found.digit, given.digit
        self._tell(Feedback(given.id, found, given.digit, before))
        return schema.FeedbackTaken(id=given.id, digit=given.digit, right=found.prediction == given.digit, waits=waits)
