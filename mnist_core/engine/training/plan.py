"""Which batch and which learning rate each step has."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Plan:
    """Both functions must depend on nothing but the step, so that a resumed training does the same."""

    total_steps: int
    steps_per_epoch: int
    batch: Callable[[int], npt.NDArray[np.integer]]
    learning_rate: Callable[[int], float]
    early_stopping: int = 0
    keep_best: bool = True
    """Whether the weights of the epoch that `epoch_selection.kept` names remain; else the last step's."""

    @property
    def epochs(self) -> int:
        return math.ceil(self.total_steps / self.steps_per_epoch)

    def epoch(self, step: int) -> float:
        """How many epochs have passed after `step` steps."""
        return step / self.steps_per_epoch

    def left_in_epoch(self, step: int) -> int:
        """Steps from `step` to the end of its epoch, or of the plan."""
        return min(self.steps_per_epoch - step % self.steps_per_epoch, self.total_steps - step)

    def steps(self, first: int, count: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """The batches' indices (count, B) and the learning rates (count,) of the steps from `first` on."""
        steps = range(first, first + count)
        batches = np.stack([self.batch(step) for step in steps]).astype(np.int32)
        return batches, np.array([self.learning_rate(step) for step in steps], np.float32)
