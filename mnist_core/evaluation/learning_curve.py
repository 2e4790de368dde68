"""The accuracy on a person's drawings by how many of them were learned, and how many more are worth collecting.

The curve is a hyperbola: the share of errors is e / (1 + n / k) after n drawings. It has two parameters, and a few
dozen drawings tell no more. The likelihood of the counts decides them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc, xlogy

from mnist_core.evaluation.reports import LearningPoint

WANTED = 0.99
"""The accuracy that is enough."""
ROUND = 10
CHANCE = 0.05

Floats = npt.NDArray[np.float64]

_SHARES = np.logspace(-4, 0, 161)
_HALVES = np.logspace(0, 4, 161)
"""Candidates for k: the number of drawings that halves the errors."""


@dataclass(frozen=True)
class Forecast:
    """What more drawings should bring."""

    more: int
    share: float
    """The expected share of correct predictions."""


def forecast(points: Sequence[LearningPoint], have: int) -> Forecast | None:
    """The number of drawings, in tens, that should bring `WANTED`, or what twice as many as now should bring.

    Args:
        have: the number of drawings that the model has learned.

    Returns:
        None if the counts could as well be those of a network that learns nothing from more drawings, or if the last
        point has reached what would be expected.
    """
    likelihood = np.sum([_log_likelihood(point) for point in points], axis=0)
    row, column = np.unravel_index(np.argmax(likelihood), likelihood.shape)
    share, half = _SHARES[row], _HALVES[column]
    without_learning = np.sum([_of_counts(point, _SHARES) for point in points], axis=0)
    # The likelihood-ratio test with one degree of freedom: twice the difference has a chi-squared distribution.
    if erfc(np.sqrt(max(0.0, likelihood.max() - without_learning.max()))) > CHANCE:
        return None
    needed = half * (share / (1 - WANTED) - 1) - have
    if needed <= 0:
        return None
    more = int(ROUND * np.ceil(min(needed, have) / ROUND))
    expected = min(WANTED, float(1 - share / (1 + (have + more) / half)))
    return Forecast(more, expected) if expected > points[-1].share else None


def _log_likelihood(point: LearningPoint) -> Floats:
    """Of the counts of one point, for each e (rows) and k (columns)."""
    return _of_counts(point, _SHARES[:, None] / (1 + point.drawings / _HALVES))


def _of_counts(point: LearningPoint, errors: Floats) -> Floats:
    """The binomial log-likelihood of a point for these shares of errors, up to a constant."""
    result: Floats = xlogy(point.wrong, errors) + xlogy(point.right, 1 - errors)
    return result
