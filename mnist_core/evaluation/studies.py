"""Optuna's study of the trials of a search: the next settings, importances, and what its figures are drawn from.

Optuna is an optional library, so only functions import it. A study lives in memory and is made anew from the trials'
records. So the records are all that a search has to keep.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config.search import Objective
from mnist_core.config.search_space import Choices, Dimension, Space
from mnist_core.evaluation.search import DIRECTIONS, FIRST, Trial, completed

if TYPE_CHECKING:
    import optuna

NAME = "search"
"""Of every study. The pruner divides the trials by their numbers and this name."""
INSTALL = 'pip install "mnist-studio[search]"'
FEWEST_TRIALS = 4
"""Importances of fewer completed trials say nothing."""


def check() -> None:
    """Raises:
    InputError: Optuna is not installed.
    """
    if find_spec("optuna") is None:
        raise InputError(_("Search needs Optuna. To install it: {command}", command=INSTALL))


def study_of(
    space: Space,
    objective: Objective,
    trials: Sequence[Trial],
    sampler: "optuna.samplers.BaseSampler | None" = None,
    pruner: "optuna.pruners.BasePruner | None" = None,
) -> "optuna.Study":
    """A study that knows the completed, pruned and failed trials; with a sampler, the running ones, too.

    Raises:
        InputError: Optuna is not installed.
    """
    check()
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(study_name=NAME, directions=DIRECTIONS[objective], sampler=sampler, pruner=pruner)
    add(study, space, objective, [each for each in trials if sampler is not None or each.state != "running"])
    return study


def add(study: "optuna.Study", space: Space, objective: Objective, trials: Sequence[Trial]) -> None:
    """Let the study know trials. Those that a person has stopped say nothing."""
    import optuna

    states = {
        "running": optuna.trial.TrialState.RUNNING,
        "completed": optuna.trial.TrialState.COMPLETE,
        "pruned": optuna.trial.TrialState.PRUNED,
        "failed": optuna.trial.TrialState.FAIL,
    }
    known = {name: distribution(dimension) for name, dimension in space.items()}
    for trial in trials:
        if trial.state in states:
            added = optuna.trial.create_trial(
                state=states[trial.state],
                params=trial.settings,
                distributions=known,
                values=trial.values(objective) if trial.state == "completed" else None,
                intermediate_values=dict(enumerate(trial.curve, 1)),
                system_attrs=dict(trial.rungs),
            )
            study.add_trial(added)


def distribution(dimension: Dimension) -> "optuna.distributions.BaseDistribution":
    """What a setting is drawn from."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if isinstance(dimension.low, int) and isinstance(dimension.high, int):
        return IntDistribution(dimension.low, dimension.high, log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def has_importances(objective: Objective, trials: Sequence[Trial]) -> bool:
    """Whether enough trials are complete, and not all of them are equally good."""
    done = completed(trials)
    return len(done) >= FEWEST_TRIALS and len({trial.values(FIRST[objective]) for trial in done}) > 1


def importances(space: Space, objective: Objective, trials: Sequence[Trial]) -> dict[str, float]:
    """Setting → its share of the influence on the objective, the greatest first; of two objectives, on the accuracy.

    Empty without `has_importances`.
    """
    if not has_importances(objective, trials):
        return {}
    import optuna

    study = study_of(space, FIRST[objective], completed(trials))
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator())
    return {name: float(share) for name, share in shares.items()}


def evaluator() -> "optuna.importance.BaseImportanceEvaluator":
    """fANOVA: the share of the variance over the whole space. PED-ANOVA looks at the best tenth, one trial of ten."""
    from optuna.importance import FanovaImportanceEvaluator

    return FanovaImportanceEvaluator(seed=0)
