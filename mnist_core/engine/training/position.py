"""How far a training is."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from mnist_core.common.language import Text
from mnist_core.common.records import Converter, Record, Values
from mnist_core.evaluation.epoch_selection import kept


def _from_1(values: Values) -> Values:
    """Version 0.1; its first checkpoints told of the best epoch's loss only."""
    if "best_epoch" not in values:
        return values
    number, score = values.pop("best_epoch"), values.pop("best_score")
    count = len(values["accuracies"])
    losses = [-score[0] if epoch == number else math.inf for epoch in range(1, count + 1)]
    return values | {"losses": losses, "errors": [0.0] * count}


class CheckpointHeader(Record):
    """The position of a training as a checkpoint holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    FORMAT: ClassVar[int] = 2
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _from_1}

    step: int
    elapsed_s: float
    accuracies: list[float]
    losses: list[float]
    errors: list[float]
    warnings: list[Text]


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
    warnings: list[Text] = field(default_factory=list)

    @classmethod
    def of(cls, header: CheckpointHeader) -> "Position":
        return cls(**dict(header))

    @property
    def header(self) -> CheckpointHeader:
        return CheckpointHeader(**vars(self))

    @property
    def best_epoch(self) -> int | None:
        """The number, from 1, of the epoch that is kept, where one is."""
        return kept(self.losses, self.errors) + 1 if self.losses else None

    @property
    def epochs_without_better(self) -> int:
        """How many epochs ago the loss was least."""
        return len(self.losses) - 1 - self.losses.index(min(self.losses)) if self.losses else 0
