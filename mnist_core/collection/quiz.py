"""The quiz: the digit to ask for next, and how many drawings the model predicted correctly."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mnist_core.evaluation.metrics import Accuracy


def weakest(outcomes: Sequence[tuple[int, int]], last: int | None, random: np.random.Generator) -> int:
    """The digit whose error rate may be the highest: often predicted wrongly, or with few drawings so far.

    Args:
        outcomes: for each digit, how many drawings were predicted correctly and wrongly.
        last: the last digit, which is not asked for again at once; None at the beginning.
        random: chooses among equally weak digits.
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
    """The digit to draw, and whether the predictions of the drawings so far were correct."""

    random: np.random.Generator
    asked: int | None = None
    predicted_right: dict[int, bool] = field(default_factory=dict)
    """By the id of the saved drawing, so that an undone drawing does not count."""

    def ask(self, outcomes: Sequence[tuple[int, int]]) -> None:
        """Ask for the weakest digit."""
        self.asked = weakest(outcomes, self.asked, self.random)

    @property
    def score(self) -> Accuracy:
        return Accuracy(sum(self.predicted_right.values()), len(self.predicted_right))
