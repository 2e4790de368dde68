"""Which trials are the best, and what Optuna says about them."""

import sys
from typing import Any

import pytest

from mnist_core.common.errors import InputError
from mnist_core.config.search_space import parse
from mnist_core.evaluation import search_charts, studies
from mnist_core.evaluation.search import Trial, best

SPACE = parse("learning_rate = 0.001..0.1\nepochs = 1..5")


def trial(number: int, accuracy: float, **changes: Any) -> Trial:
    """A completed one; its accuracy falls with its learning rate."""
    values = {
        "state": "completed", "loss": 1 - accuracy, "parameters": 100 * number, "seconds": 1.0,
        "settings": {"learning_rate": 0.1 - 0.099 * accuracy, "epochs": 1 + number % 5},
    }  # fmt: skip
    return Trial(number=number, accuracy=accuracy, **{**values, **changes})


def numbers(trials: list[Trial]) -> list[int]:
    return [each.number for each in trials]


def test_the_best_is_complete_and_the_first_of_equals() -> None:
    trials = [trial(1, 0.7), trial(2, 0.9), trial(3, 0.9), trial(4, 0.99, state="pruned"), trial(5, 0.2)]
    assert numbers(best(trials, "accuracy")) == [2]
    assert numbers(best([trial(1, 0.5, loss=0.1), trial(2, 0.9, loss=0.2)], "loss")) == [1]
    assert best([trial(1, 0.9, state="failed")], "accuracy") == []


def test_two_objectives_have_a_front() -> None:
    """No other trial is as accurate with fewer parameters, the most accurate first."""
    trials = [trial(1, 0.7), trial(2, 0.9), trial(3, 0.8), trial(4, 0.95)]
    assert numbers(best(trials, "accuracy-parameters")) == [4, 2, 1]
    faster = [trial(1, 0.9, seconds=9.0), trial(2, 0.9, seconds=3.0), trial(3, 0.5, seconds=4.0)]
    assert numbers(best(faster, "accuracy-seconds")) == [2]


def test_importances_find_the_setting_that_matters() -> None:
    trials = [trial(number, 0.5 + number / 40) for number in range(1, 16)]
    shares = studies.importances(SPACE, "accuracy", trials)
    assert list(shares) == ["learning_rate", "epochs"]
    assert sum(shares.values()) == pytest.approx(1)
    assert studies.importances(SPACE, "accuracy", trials[:3]) == {}
    assert studies.importances(SPACE, "accuracy", [trial(n, 0.5) for n in range(9)]) == {}


def test_without_optuna_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'needs Optuna. To install it: pip install "mnist-studio\[search\]"'):
        studies.study_of(SPACE, "accuracy", [])


def test_nothing_needs_optuna_before_a_search() -> None:
    """It is optional, so no module imports it when it is imported itself, except those of the engine's search."""
    assert "optuna" not in vars(studies)
    assert sys.modules["mnist_core.evaluation.studies"] is studies


@pytest.mark.parametrize(("count", "apart"), [(5, 1), (30, 3)])
def test_the_history_counts_trials_and_shows_percentages(count: int, apart: int) -> None:
    """A trial has a whole number; a loss is no percentage."""
    known = [trial(number, 0.9 + number / 1000) for number in range(1, count + 1)]
    axes = search_charts.chart("history", SPACE, "accuracy", known).layout
    assert (axes.xaxis.dtick, axes.yaxis.tickformat) == (apart, ".2~%")
    assert axes.yaxis.maxallowed == 1  # one trial alone would have an axis to 150%
    assert search_charts.chart("history", SPACE, "loss", known).layout.yaxis.tickformat is None
