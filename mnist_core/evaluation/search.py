"""The trials of a search, and which of them are the best."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mnist_core.common.language import N_, Text
from mnist_core.common.records import Part, Record
from mnist_core.config.search import Objective
from mnist_core.config.search_space import Value

TrialState = Literal["running", "completed", "pruned", "failed", "stopped"]
TRIAL_STATES: dict[TrialState, str] = {
    "running": N_("running"),
    "completed": N_("completed"),
    "pruned": N_("ended early"),
    "failed": N_("failed"),
    "stopped": N_("stopped"),
}
"""State of a trial → what people call it."""


class Trial(Part):
    """One training of a search. The figures are those of the kept epoch, on the validation images."""

    number: int
    """From 1."""
    settings: dict[str, Value]
    """The values of the settings that the search varies."""
    state: TrialState = "running"
    accuracy: float | None = None
    loss: float | None = None
    parameters: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    """From the first step to the last, with validation."""
    ended_s: float = 0.0
    """Seconds of the search at its end, without pauses; 0 if nobody noted it."""
    curve: tuple[float, ...] = ()
    """What the pruner sees: the objective after each epoch; empty if nothing is pruned."""
    rungs: dict[str, float] = Field(default_factory=dict)
    """The pruner's own notes about this trial."""
    reason: Text = Text("")
    """Why it failed."""

    def values(self, objective: Objective) -> tuple[float, ...]:
        """The one or two figures of the objective, of a completed trial."""
        assert self.accuracy is not None
        assert self.loss is not None
        match objective:
            case "accuracy":
                return (self.accuracy,)
            case "loss":
                return (self.loss,)
            case "accuracy-parameters":
                return self.accuracy, float(self.parameters or 0)
            case "accuracy-seconds":
                return self.accuracy, self.seconds


class TrialRecord(Record):
    """trial.json, in the folder of a trial."""

    FORMAT: ClassVar[int] = 1

    trial: Trial


DIRECTIONS: dict[Objective, tuple[Literal["maximize", "minimize"], ...]] = {
    "accuracy": ("maximize",),
    "loss": ("minimize",),
    "accuracy-parameters": ("maximize", "minimize"),
    "accuracy-seconds": ("maximize", "minimize"),
}
"""Objective → which way each of its figures is better."""
FIRST: dict[Objective, Objective] = {
    "accuracy": "accuracy", "loss": "loss", "accuracy-parameters": "accuracy", "accuracy-seconds": "accuracy",
}  # fmt: skip
"""Objective → itself, or the first of two."""


def completed(trials: Sequence[Trial]) -> list[Trial]:
    """Those that can be compared."""
    return [trial for trial in trials if trial.state == "completed"]


def best(trials: Sequence[Trial], objective: Objective) -> list[Trial]:
    """The best completed trial; with two figures the Pareto front, the most accurate first. Empty without any."""
    costs = {trial.number: _costs(trial, objective) for trial in completed(trials)}
    front = [
        trial
        for trial in completed(trials)
        if not any(_dominates(other, costs[trial.number]) for other in costs.values())
    ]
    front.sort(key=lambda trial: (costs[trial.number], trial.number))
    return front if len(DIRECTIONS[objective]) > 1 else front[:1]


def _costs(trial: Trial, objective: Objective) -> tuple[float, ...]:
    """Its figures with the sign that makes less better."""
    signed = zip(trial.values(objective), DIRECTIONS[objective], strict=True)
    return tuple(-value if direction == "maximize" else value for value, direction in signed)


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(mine <= its for mine, its in zip(one, other, strict=True))
