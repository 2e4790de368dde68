"""How far a training is."""

import math
from dataclasses import dataclass, field
from typing import Any

from mnist_core.evaluation.epoch_selection import kept


@dataclass
class Position:
    """How far the loop is, and how each epoch was judged."""

    step: int = 0
    elapsed_s: float = 0.0
    accuracies: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Validation losses, which move more smoothly than the accuracies."""
    errors: list[float] = field(default_factory=list)
    """Their standard errors."""
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def stored(cls, values: dict[str, Any]) -> "Position":
        """From a checkpoint; one of version 0.1 tells of the best epoch's loss only."""
        if "best_epoch" not in values:
            return cls(**values)
        number, score = values.pop("best_epoch"), values.pop("best_score")
        count = len(values["accuracies"])
        losses = [-score[0] if epoch == number else math.inf for epoch in range(1, count + 1)]
        return cls(**values, losses=losses, errors=[0.0] * count)

    @property
    def best_epoch(self) -> int | None:
        """The number, from 1, of the epoch that is kept, where one is."""
        return kept(self.losses, self.errors) + 1 if self.losses else None

    @property
    def epochs_without_better(self) -> int:
        """How many epochs ago the loss was least."""
        return len(self.losses) - 1 - self.losses.index(min(self.losses)) if self.losses else 0
