"""Labels and probabilities → figures, by scikit-learn and SciPy; a curve → a smooth one.

Functions import both libraries when they are called: that takes a second, and drawing does not need them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]
Rates = npt.NDArray[np.float64]

DIGITS = np.arange(10)
Z_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Accuracy:
    """How many images of how many are classified correctly; the share has a 95% interval (Wilson 1927)."""

    right: int
    count: int

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.count:
            return 0.0, 1.0
        more = Z_95**2 / self.count
        middle = (self.share + more / 2) / (1 + more)
        spread = Z_95 / self.count * (self.right * (1 - self.share) + Z_95**2 / 4) ** 0.5 / (1 + more)
        # A rounded end must not pass 0, 1 or the share.
        return max(0.0, min(self.share, middle - spread)), min(1.0, max(self.share, middle + spread))


@dataclass(frozen=True)
class Evaluation:
    """What the Evaluate page and the `evaluate` command show of a model on labelled images."""

    accuracy: Accuracy
    confusion: npt.NDArray[np.int64]  # (10, 10): row the label, column the prediction
    precision: npt.NDArray[np.float64]  # (10,); NaN without an image of the digit, or without a prediction of it
    recall: npt.NDArray[np.float64]  # (10,); NaN without an image of the digit, like F1
    f1: npt.NDArray[np.float64]
    support: npt.NDArray[np.int64]


def accuracy(labels: Labels, predictions: npt.NDArray[np.integer]) -> Accuracy:
    return Accuracy(int((labels == predictions).sum()), len(labels))


def evaluate(labels: Labels, probabilities: Probabilities) -> Evaluation:
    """Labels (N,) and probabilities (N, 10) → the figures."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    predictions = probabilities.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predictions, labels=DIGITS, zero_division=np.nan
    )
    for figure in (precision, recall, f1):
        figure[support == 0] = np.nan
    confusion = confusion_matrix(labels, predictions, labels=DIGITS)
    return Evaluation(accuracy(labels, predictions), confusion, precision, recall, f1, support)


def roc(labels: Labels, probabilities: Probabilities, digit: int) -> tuple[Rates, Rates, float] | None:
    """One digit against the rest: false-positive rates, true-positive rates, area under the curve.

    None if all labels or none are this digit: the curve needs both classes.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    positive = labels == digit
    if positive.all() or not positive.any():
        return None
    false_rate, true_rate, _ = roc_curve(positive, probabilities[:, digit])
    return false_rate, true_rate, float(roc_auc_score(positive, probabilities[:, digit]))


@dataclass(frozen=True)
class Paired:
    """How two models' predictions of the same `count` labelled images differ: became right, became wrong."""

    count: int
    became_right: int
    became_wrong: int

    @property
    def p_value(self) -> float:
        """The chance of a split at least as uneven if both models were equally good (McNemar 1947, exact form)."""
        from scipy.stats import binomtest

        changed = self.became_right + self.became_wrong
        return float(binomtest(self.became_right, changed).pvalue) if changed else 1.0

    @property
    def greatest_drop(self) -> float:
        """The upper limit of the true drop with 95% confidence (one-sided).

        This is Wald's interval for paired proportions with half an image added to each of the four cells. It keeps
        its coverage for small counts as well (Agresti and Min 2005).
        """
        from scipy.stats import norm

        right, wrong, count = self.became_right + 0.5, self.became_wrong + 0.5, self.count + 2
        error = (right + wrong - (wrong - right) ** 2 / count) ** 0.5
        return float((wrong - right + norm.ppf(0.95) * error) / count)


def paired(labels: Labels, before: npt.NDArray[np.integer], after: npt.NDArray[np.integer]) -> Paired:
    """Labels and the two models' predictions, each (N,)."""
    became_right = int(((before != labels) & (after == labels)).sum())
    became_wrong = int(((before == labels) & (after != labels)).sum())
    return Paired(len(labels), became_right, became_wrong)


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average, corrected for the bias of its start; `weight` 0 leaves the values unchanged."""
    smoothed, average, scale = [], 0.0, 0.0
    for value in values:
        average = weight * average + (1 - weight) * value
        scale = weight * scale + (1 - weight)
        smoothed.append(average / scale)
    return smoothed
