"""The settings of a search: those of its trainings, and what it varies."""

from typing import Literal

from mnist_core.common import names
from mnist_core.common.language import N_
from mnist_core.config.fields import field
from mnist_core.config.schema import Name, TrainConfig
from mnist_core.config.search_space import Value

Objective = Literal["accuracy", "loss", "accuracy-parameters", "accuracy-seconds"]
OBJECTIVES: dict[str, str] = {
    "accuracy": N_("highest validation accuracy"),
    "loss": N_("lowest validation loss"),
    "accuracy-parameters": N_("high validation accuracy with few parameters"),
    "accuracy-seconds": N_("high validation accuracy in little time"),
}
"""Objective → what it means."""

Sampler = Literal["tpe", "random"]
SAMPLERS: dict[str, str] = {
    "tpe": N_("like those of the better trials, after ten random ones"),
    "random": N_("at random, to compare with"),
}
"""Sampler → what it does."""


class SearchConfig(TrainConfig):
    """A search for settings. Each trial is a training with these settings, except those that `space` varies."""

    name: Name = field(
        "", "model", N_("Name"), N_("Name of the search. If it is empty, a name is generated."),
        max_length=names.MAX_NAME,
    )  # fmt: skip
    space: str = field(
        "", "search", N_("What to search"),
        N_("One setting a line, such as learning_rate = 0.001..0.03 or architecture = mlp, lenet, fast."),
        max_length=5000,
    )  # fmt: skip
    trials: int = field(20, "search", N_("Trials"), N_("Number of trainings. 0 means no limit."), ge=0, le=10_000)
    minutes: float = field(
        0.0, "search", N_("Minutes"), N_("No training begins after this many minutes. 0 means no limit."),
        ge=0, le=100_000,
    )  # fmt: skip
    objective: Objective = field(
        "accuracy", "search", N_("Objective"), N_("What the search looks for."), {**OBJECTIVES}
    )
    pruner: bool = field(
        True, "search", N_("Pruner"),
        N_("Whether to end a training early that is worse than the others after the same number of epochs."),
    )  # fmt: skip

    sampler: Sampler = field(
        "tpe", "search", N_("Sampler"), N_("How the settings of a trial are chosen."), {**SAMPLERS}
    )

    def trial(self, settings: dict[str, Value]) -> TrainConfig:
        """The training with these settings and otherwise the search's own."""
        return TrainConfig(**{**self.model_dump(include=set(TrainConfig.model_fields)), **settings, "name": ""})

    @property
    def two_objectives(self) -> bool:
        """Whether the result is a Pareto front. Then no training is ended early."""
        return self.objective in ("accuracy-parameters", "accuracy-seconds")
