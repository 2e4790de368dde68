"""Calibration: probabilities that are as often right as they say, and a threshold for what is not a digit."""

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.predictions import Logits, Predictions

STRANGE_SHARE = 0.005
"""The share of real digits that the threshold calls "not a digit"."""
BINS = 15
TEMPERATURES = (0.25, 4.0)
FEWEST = 300
"""With fewer images, the temperature would fit their errors rather than the model's."""


def digit_threshold(outputs: Outputs) -> float:
    """The score below which only `STRANGE_SHARE` of these digits lie."""
    return float(np.quantile(outputs.digit_scores, STRANGE_SHARE))


def temperature(predictions: Predictions) -> float:
    """What to divide the logits by, so that their softmax fits these labels best (Guo et al. 2017); 1 for few images.

    Divided logits predict the same digits.
    """
    if len(predictions.labels) < FEWEST:
        return 1.0

    def loss(log_temperature: float) -> float:
        return Predictions(predictions.logits / np.float32(np.exp(log_temperature)), predictions.labels).loss

    found = scipy.optimize.minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(logits: Logits, labels: npt.NDArray[np.uint8]) -> float:
    """The mean distance between the probability of a prediction and the share of those that are right (ECE).

    Predictions are put into `BINS` bins of as many predictions each: most are near 1, where bins of equal width would
    tell nothing.
    """
    probabilities = scipy.special.softmax(logits, axis=1)
    certain = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.array_split(np.argsort(certain), BINS)
    gaps = [len(each) * abs(certain[each].mean() - right[each].mean()) for each in bins if len(each)]
    return float(sum(gaps) / len(labels))
