"""The training curve: what the steps saw, as the run's records."""

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from mnist_core.engine.backends.executor import Figures
from mnist_core.engine.training.plan import Plan
from mnist_core.jobs.runs import Metrics, Run

MOST_RECORDS = 1000


class MetricsLogger:
    """Writes records, each with the means since the one before."""

    def __init__(self, run: Run, plan: Plan) -> None:
        self._run, self._plan = run, plan
        self._every = max(1, plan.total_steps // MOST_RECORDS)
        self._losses: list[float] = []
        self._accuracies: list[float] = []
        self._speed = _Speed()

    @property
    def images_per_s(self) -> float:
        """Over the last few seconds."""
        return self._speed.per_second()

    def add(
        self, figures: Figures, images: int, step: int, elapsed_s: float, norms: Callable[[], dict[str, float]]
    ) -> None:
        """Take in the steps up to `step`.

        Args:
            images: how many images the steps saw together.
            elapsed_s: since the training began.
            norms: layer → gradient norm at the last of the steps; they are fetched only if there is a record,
                and stand with the last one.
        """
        self._speed.add(images)
        records: list[Metrics] = []
        first = step - len(figures.loss) + 1
        for number, loss, accuracy in zip(range(first, step + 1), figures.loss, figures.accuracy, strict=True):
            self._losses.append(float(loss))
            self._accuracies.append(float(accuracy))
            if self._is_recorded(number):
                records.append(self._record(number, elapsed_s))
        if records:
            records[-1]["gradient_norms"] = norms()
            self._run.append(*records)

    def _is_recorded(self, step: int) -> bool:
        """Regularly, at the end of each epoch, and often at the start, so that the curve appears at once."""
        is_power_of_two = step & (step - 1) == 0
        return is_power_of_two or step % self._every == 0 or step % self._plan.steps_per_epoch == 0

    def _record(self, step: int, elapsed_s: float) -> Metrics:
        record = {
            "step": step,
            "epoch": self._plan.epoch(step),
            "elapsed_s": round(elapsed_s, 3),
            "loss": _mean(self._losses),
            "accuracy": _mean(self._accuracies),
            "learning_rate": self._plan.learning_rate(step - 1),
            "images_per_s": self.images_per_s,
        }
        self._losses, self._accuracies = [], []
        return record


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


class _Speed:
    """Images a second over the last few seconds. The first steps do not count: they wait for the compiler."""

    WINDOW_S = 3.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        """When some steps had been taken, and the images of those steps."""

    def add(self, images: int) -> None:
        now = time.monotonic()
        self._seen.append((now, images))
        while len(self._seen) > 2 and now - self._seen[0][0] > self.WINDOW_S:
            self._seen.popleft()

    def per_second(self) -> float:
        """0 until more than the first steps have been taken."""
        (start, _), *later = self._seen
        if not later:
            return 0.0
        return round(sum(images for _, images in later) / max(later[-1][0] - start, 1e-6), 1)
