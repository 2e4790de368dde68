"""The quiz: which digit to ask for next, and how many of its drawings the model predicted correctly."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mnist_core.evaluation.metrics import Accuracy


def weakest(outcomes: Sequence[tuple[int, int]], last: int | None, random: np.random.Generator) -> int:
    """The digit whose error rate may be the highest: often predicted wrong, or with few drawings so far.

    Args:
        outcomes: for each digit, how many drawings were predicted right and how many wrong.
        last: the digit that was asked for last, which is not asked for twice in a row; None at the beginning.
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
    """The digit that is asked for, and whether the drawings so far were predicted right."""

    random: np.random.Generator
    asked: int | None = None
    predicted_right: dict[int, bool] = field(default_factory=dict)
    """By the id of the saved drawing, so that a drawing that is taken back no longer counts."""

    def ask(self, outcomes: Sequence[tuple[int, int]]) -> None:
        """Ask for the weakest digit."""
        self.asked = weakest(outcomes, self.asked, self.random)

    @property
    def score(self) -> Accuracy:
        return Accuracy(sum(self.predicted_right.values()), len(self.predicted_right))
