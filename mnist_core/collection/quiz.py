"""The quiz: which digit to ask for next, and how many of those that were drawn were read right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mnist_core.evaluation.metrics import Accuracy


def weakest(outcomes: Sequence[tuple[int, int]], last: int | None, random: np.random.Generator) -> int:
    """The digit whose error rate may be the highest: one of which little is known, or that is badly read.

    Args:
        outcomes: for each digit how many drawings were read right and how many wrong.
        last: the digit that was asked for just before, which is not asked for again; None at the beginning.
        random: chooses among those that are equally weak.
    """
    possible_error = {
        digit: 1 - Accuracy(right, right + wrong).interval[0]
        for digit, (right, wrong) in enumerate(outcomes)
        if digit != last
    }
    worst = max(possible_error.values())
    return int(random.choice([digit for digit, error in possible_error.items() if error == worst]))


@dataclass
class Quiz:
    """The digit that is asked for, and what was read of those drawn so far."""

    random: np.random.Generator
    asked: int | None = None
    predicted_right: dict[int, bool] = field(default_factory=dict)
    """By the saved drawing's id, so that one that is taken back no longer counts."""

    def ask(self, outcomes: Sequence[tuple[int, int]]) -> None:
        """Ask for the weakest digit."""
        self.asked = weakest(outcomes, self.asked, self.random)

    @property
    def score(self) -> Accuracy:
        return Accuracy(sum(self.predicted_right.values()), len(self.predicted_right))
