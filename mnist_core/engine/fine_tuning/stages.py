"""How far a fine-tuning is, over all its stages: one share and one time left, neither of which jumps back."""

import time
from typing import Any

from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.context import RunContext
from mnist_core.jobs.progress import FINE_TUNING, Phase

SECONDS = dict(zip(FINE_TUNING, (0.3, 4.0, 6.0, 2.2, 0.3, 0.6, 0.9), strict=True))
"""Stage → about how long it takes on a quiet machine. Only their ratio counts."""
PREPARED: dict[Phase, float] = {"building": 0.5, "teacher_logits": 0.0}
"""The same for the stages that the trainer can prepare."""
PRIOR_S = 2.0
"""So many seconds of the table count at the usual pace, before the real one is known."""


class Stages:
    """The progress of one fine-tuning. A second thread may count the folds."""

    def __init__(self, context: RunContext[FineTuneConfig], usual_s: float | None = None) -> None:
        """
        Args:
            usual_s: how long the last fine-tuning took.
        """
        self._context, self._started, self._usual_s = context, time.monotonic(), usual_s
        self._seconds = dict(SECONDS)
        self._stage: Phase = FINE_TUNING[0]
        self._overall, self._left_s = 0.0, float("inf")
        self.fold = self.folds = self._told = 0
        """How many folds have finished, and of how many."""

    def prepared(self) -> None:
        """The trainer has prepared the fine-tuning."""
        self._seconds |= PREPARED

    def longer(self, times: float) -> None:
        """The training takes so many times as long as usual."""
        self._seconds["training"] *= times

    def begin(self, stage: Phase) -> None:
        """Write that a stage begins.

        Raises:
            Stop, Discard, Interrupted: as `RunContext.tell` does.
        """
        self._stage = stage
        self._context.tell(stage, **self.figures(0.0))

    def figures(self, share: float) -> dict[str, Any]:
        """The fields of `Progress` that concern all stages, where this share of the present one is done."""
        before, total = FINE_TUNING[: FINE_TUNING.index(self._stage)], sum(self._seconds.values())
        done = sum(self._seconds[each] for each in before) + share * self._seconds[self._stage]
        self._overall = max(self._overall, done / total)
        usual_pace = (self._usual_s or total) / total
        elapsed = time.monotonic() - self._started
        pace = (elapsed + PRIOR_S * usual_pace) / (self._overall * total + PRIOR_S)
        self._left_s = min(self._left_s, pace * (1 - self._overall) * total)
        return {
            "overall": self._overall,
            "eta_s": self._left_s,
            "fold": min(self.folds, self.fold + 1),
            "folds": self.folds,
        }

    def check(self) -> float:
        """A `Control` for the time in which folds are awaited; it tells which fold it is."""
        if self._told != self.fold:
            self._told = self.fold
            self._context.tell(self._stage, **self.figures(self.fold / self.folds))
        return self._context.control.check()
