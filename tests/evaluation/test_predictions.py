"""Logits and labels → accuracy, loss and its error, against values worked out by hand."""

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions

ODDS = np.log(9)


def predictions(*sure: float) -> Predictions:
    """One image a value, all of them zeros: the logit of 0, where the other nine are 0."""
    logits = np.zeros((len(sure), 10), np.float32)
    logits[:, 0] = sure
    return Predictions(logits, np.zeros(len(sure), np.uint8))


def test_the_most_probable_digit_is_the_prediction() -> None:
    """Two of three are right."""
    logits = np.zeros((3, 10), np.float32)
    logits[[0, 1, 2], [7, 1, 4]] = 1.0
    found = Predictions(logits, np.array([7, 2, 4], np.uint8))
    assert found.predictions.tolist() == [7, 1, 4]
    assert found.right == 2
    assert found.accuracy == pytest.approx(2 / 3)


def test_the_loss_is_the_mean_cross_entropy() -> None:
    """ln 10 for a guess and ln 2 for a half: their mean, and half their distance over the root of two as its error."""
    found = predictions(0.0, ODDS)
    low, high = np.log(2), np.log(10)
    assert found.loss == pytest.approx((low + high) / 2, rel=1e-6)
    assert found.loss_error == pytest.approx((high - low) / 2 / np.sqrt(2), rel=1e-6)


def test_the_loss_of_a_diverging_model_has_a_finite_error() -> None:
    """Its losses' squares are beyond float32."""
    found = predictions(-1e30, 0.0)
    assert found.loss_error == pytest.approx(1e30 / 2 / np.sqrt(2), rel=1e-5)


def test_hardly_better_is_less_than_one_standard_error() -> None:
    """Images that all gain the same amount prove it; one that gains while another loses almost as much does not."""
    before = predictions(1.0, 1.0)
    assert not predictions(1.2, 1.2).is_hardly_better(before)
    assert predictions(1.3, 0.8).is_hardly_better(before)
    assert predictions(0.9, 0.9).is_hardly_better(before)
    assert before.is_hardly_better(before)
