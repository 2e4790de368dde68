"""Probabilities that are as often right as they say."""

import numpy as np
import pytest
from scipy.special import softmax

from mnist_core.evaluation.calibration import (
    FEWEST,
    STRANGE_SHARE,
    digit_threshold,
    expected_calibration_error,
    temperature,
)
from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.predictions import Predictions


def honest(count: int) -> Predictions:
    """Logits whose softmax is the probability with which each label was drawn."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (count, 10)).astype(np.float32)
    labels = [random.choice(10, p=row / row.sum()) for row in softmax(logits.astype(float), axis=1)]
    return Predictions(logits, np.array(labels, np.uint8))


@pytest.mark.parametrize("too_large", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_factor(too_large: float) -> None:
    """Logits that are three times too large are overconfident; divided by the temperature, they are honest again."""
    true = honest(4000)
    shown = Predictions(true.logits * np.float32(too_large), true.labels)
    found = temperature(shown)
    assert found == pytest.approx(too_large, rel=0.1)
    after = expected_calibration_error(shown.logits / found, shown.labels)
    assert after < 0.03
    assert after <= expected_calibration_error(shown.logits, shown.labels) + 0.005


def test_few_images_change_nothing() -> None:
    """Their temperature would be chance."""
    few = honest(FEWEST - 1)
    assert temperature(Predictions(5 * few.logits, few.labels)) == 1


def test_the_error_is_the_distance_between_claim_and_truth() -> None:
    """Always certain and right half of the time: half."""
    logits = np.zeros((300, 10), np.float32)
    logits[:, 3] = 50
    labels = np.where(np.arange(300) % 2, 3, 4).astype(np.uint8)
    assert expected_calibration_error(logits, labels) == pytest.approx(0.5, abs=0.01)


def test_the_threshold_refuses_few_digits() -> None:
    """As many as it promises."""
    scores = np.arange(10_000, dtype=np.float32)
    refused = scores < digit_threshold(Outputs(np.zeros((10_000, 10), np.float32), scores))
    assert refused.mean() == pytest.approx(STRANGE_SHARE, abs=1e-3)
