"""Logits, scores, and the eleven logits that say the same."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from mnist_core.evaluation.outputs import NO_DIGIT, Outputs

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(0, 5, (6, 10)).astype(np.float32)
SCORES = RANDOM.normal(0, 5, 6).astype(np.float32)


def test_eleven_logits_say_what_logits_and_scores_say() -> None:
    """The softmax over eleven: "not a digit" with the probability of the score, the digits in their proportions."""
    eleven = softmax(Outputs(LOGITS, SCORES).with_no_digit, axis=1)
    np.testing.assert_allclose(eleven[:, NO_DIGIT], expit(-SCORES), atol=1e-5)
    digits = eleven[:, :10] / eleven[:, :10].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(digits, softmax(LOGITS, axis=1), atol=1e-4)


@pytest.mark.parametrize("scores", [None, SCORES])
def test_nothing_is_lost_on_the_way(scores: "np.ndarray | None") -> None:
    """Split, joined, widened and narrowed."""
    whole = Outputs(LOGITS, scores)
    parts = [Outputs(LOGITS[some], None if scores is None else scores[some]) for some in (slice(4), slice(4, 6))]
    for again in (Outputs.joined(parts), Outputs.of(whole.with_no_digit)):
        np.testing.assert_allclose(again.logits, LOGITS)
        np.testing.assert_allclose(again.digit_scores, whole.digit_scores, atol=1e-4)


def test_without_scores_the_energy_tells() -> None:
    """Large logits have a large energy; no images have none."""
    weak, strong = Outputs(LOGITS / 10).digit_scores, Outputs(LOGITS).digit_scores
    assert (strong > weak).all()
    assert Outputs.joined([]).logits.shape == (0, 10)
