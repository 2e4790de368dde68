"""The gate: what may be proposed, and which way is tried first."""

import numpy as np

from mnist_core.engine.fine_tuning.acceptance import Acceptance, by_promise, first_accepted, judge
from mnist_core.evaluation.metrics import Paired
from mnist_core.evaluation.predictions import Predictions

COUNT = 2_000
LABELS = (np.arange(COUNT) % 10).astype(np.uint8)


def reading(wrong: int, sureness: float = 5.0, count: int = COUNT) -> Predictions:
    """`count` images of which the first `wrong` are misread, with logits of this size."""
    labels = LABELS[:count]
    predictions = np.where(np.arange(count) < wrong, (labels + 1) % 10, labels)
    return Predictions(np.eye(10, dtype=np.float32)[predictions] * sureness, labels)


def test_better_on_drawings_and_no_worse_on_the_old_is_accepted() -> None:
    """Then there is no reason to give."""
    verdict = judge(0.5, (reading(2, count=20), reading(1, count=20)), (reading(4), reading(4)), 0.1, "mnist")
    assert verdict.accepted
    assert verdict.reason == ""


def test_what_has_not_been_ruled_out_is_not_accepted() -> None:
    """A drop of 0.05 points was seen on 2,000 images; with 95 % confidence it could be 0.2, which is too much."""
    drawings = (reading(2, count=20), reading(1, count=20))
    seen = judge(1.0, drawings, (reading(4), reading(5)), 0.1, "mnist")
    assert 0.001 < seen.old.greatest_drop < 0.003
    assert not seen.accepted
    assert seen.forgets
    assert judge(1.0, drawings, (reading(4), reading(5)), 0.3, "mnist").accepted


def test_each_failure_is_named_with_its_size_and_a_remedy() -> None:
    """Drawings that got worse are counted by digit; forgetting is given in points, beside what is allowed."""
    verdict = judge(1.0, (reading(0, count=20), reading(2, count=20)), (reading(4), reading(44)), 0.15, "MNIST")
    assert not verdict.accepted
    assert "2 more of your 20 drawings would be misread" in verdict.reason
    assert "points of MNIST (0.15 are allowed): of 2,000 images, 40 would be newly misread" in verdict.reason
    assert "Draw more of the digits that it misreads: 0 (1 misread), 1 (1 misread)." in verdict.reason
    assert "raise the share of replay" in verdict.reason


def test_the_way_with_the_least_loss_on_unseen_drawings_is_tried_first() -> None:
    """The others follow in their order."""
    assert by_promise({1.0: reading(2), 0.5: reading(1), 0.25: reading(3)}) == [0.5, 1.0, 0.25]


def mended(right: int, spoilt: int) -> Predictions:
    """As `reading(100)`, but so many of its mistakes are read right, and so many others wrong."""
    changed = reading(100)
    changed.logits[:right] = np.roll(changed.logits[:right], -1, axis=1)
    changed.logits[200 : 200 + spoilt] = np.roll(changed.logits[200 : 200 + spoilt], 1, axis=1)
    return changed


def test_of_ways_that_are_as_good_the_gentlest_is_tried_first() -> None:
    """Three mended and one spoilt are a reason to go further; three and two are within one standard error of none."""
    assert by_promise({1.0: mended(3, 1), 0.4: reading(100), 0.1: reading(300)}) == [1.0, 0.4, 0.1]
    assert mended(3, 2).loss < reading(100).loss
    assert by_promise({1.0: mended(3, 2), 0.4: reading(100), 0.1: reading(300)}) == [0.4, 1.0, 0.1]


def test_between_losses_of_almost_nothing_a_quarter_of_the_way_is_gone() -> None:
    """Ten times less of almost nothing is no reason to go further, and none to stay."""
    assert by_promise({1.0: reading(0, 30), 0.25: reading(0, 20), 0.4: reading(0, 25), 0.1: reading(0, 25)}) == [
        0.25,
        0.1,
        0.4,
        1.0,
    ]


def looked_at(alphas: list[float], **verdicts: str) -> tuple[float, list[float]]:
    """The chosen α, and those that were looked at. By "a40": "forgets", "misreads" or "fine"."""
    looked = []

    def at(alpha: float) -> Acceptance:
        looked.append(alpha)
        word = verdicts[f"a{100 * alpha:.0f}"]
        return Acceptance(alpha, Paired(1, 0, 0), () if word == "fine" else (word,), "", word == "forgets")

    return first_accepted(alphas, at).alpha, looked


def test_the_first_way_that_passes_is_taken() -> None:
    """In the order of promise, whichever goes further."""
    assert looked_at([0.4, 1.0, 0.1], a40="misreads", a100="fine", a10="fine") == (1.0, [0.4, 1.0])


def test_after_forgetting_only_gentler_ways_are_looked_at() -> None:
    """Each look costs a second, and who goes further forgets more."""
    assert looked_at([0.4, 1.0, 0.1], a40="forgets", a10="fine") == (0.1, [0.4, 0.1])


def test_without_an_accepted_way_the_gentlest_is_told_of() -> None:
    """It has been looked at, and is not looked at twice."""
    assert looked_at([0.1, 0.4, 1.0], a10="misreads", a40="forgets") == (0.1, [0.1, 0.4])


def test_the_loss_has_a_standard_error() -> None:
    """It shrinks with the root of the number of images, and is 0 where all are read alike."""
    few, many = reading(10, count=100), reading(40, count=400)
    assert np.isclose(few.loss, many.loss)
    assert np.isclose(few.loss_error, 2 * many.loss_error)
    assert np.isclose(reading(0).loss_error, 0)
