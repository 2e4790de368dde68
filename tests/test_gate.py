"""The gate: what may be proposed, and which of several."""

import numpy as np

from mnist_core.engine.gate import Reading, best_of, judge

LABELS = np.array([0, 1, 2, 3], np.uint8)


def reading(right: int, sureness: float = 5.0) -> Reading:
    """Four images of which the first `right` are read right, with logits of this size."""
    predictions = np.where(np.arange(4) < right, LABELS, 9)
    return Reading(np.eye(10, dtype=np.float32)[predictions] * sureness, LABELS)


def test_better_on_drawings_and_no_worse_on_the_old_is_accepted() -> None:
    """Then there is no reason to give."""
    verdict = judge(0.5, (reading(2), reading(3)), (reading(4), reading(4)), 0.1, "mnist")
    assert verdict.accepted
    assert verdict.reason == ""


def test_each_failure_is_named_with_its_size() -> None:
    """Drawings that got worse are counted; forgetting is given in points, beside what is allowed."""
    verdict = judge(1.0, (reading(3), reading(1)), (reading(4), reading(3)), 0.1, "mnist")
    assert not verdict.accepted
    assert "2 more of the held-out drawings" in verdict.reason
    assert "forget 25.00 points of mnist (0.1 are allowed)" in verdict.reason


def test_the_accepted_one_with_the_least_harm_is_the_best() -> None:
    """Accepted comes before refused, however good its drawings; among accepted ones both losses count alike."""
    old = (reading(4), reading(4))
    refused = judge(1.0, (reading(2), reading(4)), (reading(4), reading(3)), 0.1, "mnist")
    little = judge(0.25, (reading(2), reading(2, 5.5)), old, 0.1, "mnist")
    more = judge(0.5, (reading(2), reading(3)), old, 0.1, "mnist")
    assert best_of([refused, little, more]) == more


def test_a_loss_of_almost_nothing_is_not_made_much_of() -> None:
    """Ten times less of almost nothing is no reason to prefer a model."""
    old = (reading(4), reading(4))
    sure, surer = (
        judge(a, (reading(4, 20), reading(4, size)), old, 0.1, "mnist") for a, size in ((0.5, 20), (1.0, 30))
    )
    assert sure.harm == surer.harm
