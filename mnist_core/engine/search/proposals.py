"""What Optuna decides: the settings of the next trial, and whether a trial is worse than others."""

from collections.abc import Callable, Sequence

import numpy as np
import optuna

from mnist_core.config.search import Sampler, SearchConfig
from mnist_core.config.search_space import Dimension, Range, Space, Value
from mnist_core.evaluation import studies
from mnist_core.evaluation.search import Trial

REDUCTION = 3
"""One of so many trials goes on after a rung of the pruner."""

SAMPLERS: dict[Sampler, Callable[..., optuna.samplers.BaseSampler]] = {
    "tpe": optuna.samplers.TPESampler,
    "random": optuna.samplers.RandomSampler,
}
DIGITS = 4
"""Significant digits of a setting."""


class Proposal:
    """A trial as Optuna knows it. It depends on the seed, the number and the other trials alone."""

    def __init__(
        self,
        config: SearchConfig,
        space: Space,
        trials: Sequence[Trial],
        number: int,
        settings: dict[str, Value] | None = None,
    ) -> None:
        """
        Args:
            trials: the others. Those under way keep the sampler from proposing the same.
            number: of this one.
            settings: if it is known already; otherwise Optuna chooses.
        """
        self._epochs = epochs = _most_epochs(config, space)
        prunes = config.pruner and not config.two_objectives
        self._study = studies.study_of(
            space, config.objective, [each for each in trials if each.number < number],
            SAMPLERS[config.sampler](seed=_seed(config.seed, number)),
            optuna.pruners.HyperbandPruner(1, epochs, REDUCTION) if prunes else optuna.pruners.NopPruner(),
        )  # fmt: skip
        self._prunes = prunes
        if settings is not None:
            self._study.enqueue_trial(settings)
        self._trial = self._study.ask({name: studies.distribution(each) for name, each in space.items()})
        # The pruner divides the trials by their places, so those that began later stand after this one.
        studies.add(self._study, space, config.objective, [each for each in trials if each.number > number])
        self.settings = {name: _rounded(self._trial.params[name], dimension) for name, dimension in space.items()}
        self.curve: list[float] = []

    def is_worse(self, curve: list[float]) -> bool:
        """As `Pruner` says. A trial that has trained all its epochs is never worse."""
        if not self._prunes:
            return False
        for epoch in range(len(self.curve), len(curve)):  # a resumed training has earlier ones, too
            self._trial.report(curve[epoch], epoch + 1)
        self.curve = list(curve)
        return len(curve) < self._epochs and self._trial.should_prune()

    @property
    def rungs(self) -> dict[str, float]:
        """What the pruner has noted about the trial."""
        noted = self._study.trials[self._trial.number].system_attrs
        return {name: value for name, value in noted.items() if isinstance(value, float)}


def _rounded(value: Value, dimension: Dimension) -> Value:
    """The value in a few digits, so that a person can copy it. It stays in its range."""
    if not isinstance(value, float) or not isinstance(dimension, Range):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), dimension.low), dimension.high)


def _most_epochs(config: SearchConfig, space: Space) -> int:
    match space.get("epochs"):
        case None:
            return config.epochs
        case Range(_, high, _):
            return int(high)
        case choices:
            return max(int(each) for each in choices.values)


def _seed(seed: int, number: int) -> int:
    """A seed of its own for each trial."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
