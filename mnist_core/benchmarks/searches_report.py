"""Searches with two methods, as Markdown tables and as a chart with bands."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from mnist_core.benchmarks.results import Section
from mnist_core.benchmarks.searches import METHODS, Search

QUARTERS = (0.25, 0.5, 0.75, 1.0)
"""Shares of the time at which the table shows the best so far."""
POINTS = 200
CHART = "{}-search.svg"
"""The chart's file; {} is the document's name."""


def best_so_far(search: Search, minutes: float) -> float:
    """The best validation accuracy of the trials that ended by then; NaN if there was none."""
    ended = [trial.accuracy for trial in search.trials if trial.accuracy is not None and trial.at_s <= 60 * minutes]
    return max(ended, default=float("nan"))


def tables(section: Section) -> list[str]:
    """The best so far of each repeat, then the differences of the methods."""
    searches = [Search(**each) for each in section.figures]
    minutes = searches[0].minutes
    marks = [f"{share * minutes:g} min" for share in QUARTERS]
    return [
        "Both searches of a repeat run at the same time on the same machine. The best accuracy so far on the "
        "validation images, and the test accuracy of one training with the best settings and another seed:",
        "",
        f"| seed | method | trials | trained to the end | {' | '.join(marks)} | test |",
        "|---" * (5 + len(QUARTERS)) + "|",
        *(_row(search) for search in searches),
        *(_mean(method, searches) for method in METHODS),
        "",
        *_differences(searches),
    ]


def _row(search: Search) -> str:
    whole = sum(trial.accuracy is not None for trial in search.trials)
    cells = [str(search.seed), search.method, str(len(search.trials)), str(whole)]
    cells += [_share(best_so_far(search, share * search.minutes)) for share in QUARTERS]
    return f"| {' | '.join([*cells, _share(search.test_accuracy)])} |"


def _mean(method: str, searches: Sequence[Search]) -> str:
    own = [search for search in searches if search.method == method]
    bests = [statistics.fmean(best_so_far(each, share * each.minutes) for each in own) for share in QUARTERS]
    counts = [
        f"{statistics.fmean(len(each.trials) for each in own):.0f}",
        f"{statistics.fmean(sum(trial.accuracy is not None for trial in each.trials) for each in own):.0f}",
    ]
    shares = [*map(_share, bests), _share(statistics.fmean(each.test_accuracy for each in own))]
    return f"| **mean** | {method} | {' | '.join([*counts, *shares])} |"


def _share(accuracy: float) -> str:
    return "–" if np.isnan(accuracy) else f"{accuracy:.2%}"


def _differences(searches: Sequence[Search]) -> list[str]:
    first, second = ([each for each in searches if each.method == method] for method in METHODS)
    pairs = list(zip(first, second, strict=True))
    found = [best_so_far(one, one.minutes) - best_so_far(other, other.minutes) for one, other in pairs]
    tested = [one.test_accuracy - other.test_accuracy for one, other in pairs]
    return [f"- {what}: {_difference(each)}" for what, each in (("Validation", found), ("Test", tested))]


def _difference(differences: Sequence[float]) -> str:
    """In points, with Student's 95% interval of the mean over the repeats."""
    points = 100 * np.array(differences)
    if not points.any():
        return "Both are equal in all repeats."
    ahead = f"{next(iter(METHODS))} is ahead in {np.sum(points > 0)} of {len(points)} repeats"
    if len(points) == 1:
        return f"{ahead}, by {points[0]:+.2f} points."
    mean, half = points.mean(), stats.t.ppf(0.975, len(points) - 1) * stats.sem(points)
    return f"{ahead}, by {mean:+.2f} points on average (95% interval: {mean - half:+.2f} to {mean + half:+.2f})."


def draw(section: Section, path: Path) -> None:
    """The best validation error so far over the minutes: the mean of the repeats, and a band from best to worst.

    Raises:
        ModuleNotFoundError: matplotlib, a dependency of the benchmark alone, is not installed.
    """
    from matplotlib.figure import Figure

    searches = [Search(**each) for each in section.figures]
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    minutes = np.linspace(0, searches[0].minutes, POINTS)
    for method in METHODS:
        errors = _errors([each for each in searches if each.method == method], minutes)
        known = ~np.isnan(errors).any(axis=0)  # from the moment when each repeat has a first result
        (line,) = axes.plot(minutes[known], errors.mean(axis=0)[known], drawstyle="steps-post", label=method)
        band = errors.min(axis=0)[known], errors.max(axis=0)[known]
        axes.fill_between(minutes[known], *band, step="post", alpha=0.2, color=line.get_color(), linewidth=0)
    axes.set(yscale="log", xlabel="minutes of search", ylabel="lowest validation error so far, %")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def _errors(searches: Sequence[Search], minutes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(repeats, points) in percent."""
    return np.array([[100 * (1 - best_so_far(each, moment)) for moment in minutes] for each in searches])
