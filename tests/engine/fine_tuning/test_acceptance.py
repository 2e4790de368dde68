"""The acceptance test: what it accepts, and which alpha it tries first."""

import numpy as np

from mnist_core.common.language import Text
from mnist_core.engine.fine_tuning.acceptance import Acceptance, by_promise, first_accepted, judge
from mnist_core.evaluation.metrics import Paired
from mnist_core.evaluation.predictions import Predictions

COUNT = 2_000
LABELS = (np.arange(COUNT) % 10).astype(np.uint8)


def predicted(wrong: int, size: float = 5.0, count: int = COUNT) -> Predictions:
    """`count` images of which the first `wrong` are misclassified, with logits of this size."""
    labels = LABELS[:count]
    predictions = np.where(np.arange(count) < wrong, (labels + 1) % 10, labels)
    return Predictions(np.eye(10, dtype=np.float32)[predictions] * size, labels)


def test_better_on_drawings_and_no_worse_on_the_old_is_accepted() -> None:
    """Then there is no reason to give."""
    verdict = judge(0.5, (predicted(2, count=20), predicted(1, count=20)), (predicted(4), predicted(4)), 0.1, "mnist")
    assert verdict.accepted
    assert verdict.reason == ""


def test_what_has_not_been_ruled_out_is_not_accepted() -> None:
    """A drop of 0.05 points was seen on 2,000 images; with 95% confidence it could be 0.2, which is too much."""
    drawings = (predicted(2, count=20), predicted(1, count=20))
    seen = judge(1.0, drawings, (predicted(4), predicted(5)), 0.1, "mnist")
    assert 0.001 < seen.old.greatest_drop < 0.003
    assert not seen.accepted
    assert seen.forgets
    assert judge(1.0, drawings, (predicted(4), predicted(5)), 0.3, "mnist").accepted


def test_each_failure_is_named_with_its_size_and_a_remedy() -> None:
    """Drawings that got worse are counted by digit; forgetting is given in points, beside what is allowed."""
    verdict = judge(1.0, (predicted(0, count=20), predicted(2, count=20)), (predicted(4), predicted(44)), 0.15, "MNIST")
    assert not verdict.accepted
    assert "It would misclassify 2 more of your 20 drawings" in verdict.reason
    assert "(limit: 0.15): of 2,000 held-out images, 40 would become wrong and 0 correct" in verdict.reason
    assert "Draw more of the digits that it misclassifies: 0 (1 wrong), 1 (1 wrong)." in verdict.reason
    assert "raise the replay share" in verdict.reason


def test_the_alpha_with_the_least_loss_on_unseen_drawings_is_tried_first() -> None:
    """The others follow in their order."""
    assert by_promise({1.0: predicted(2), 0.5: predicted(1), 0.25: predicted(3)}) == [0.5, 1.0, 0.25]


def mended(right: int, spoilt: int) -> Predictions:
    """As `predicted(100)`, but `right` of its mistakes are correct, and `spoilt` others are wrong."""
    changed = predicted(100)
    changed.logits[:right] = np.roll(changed.logits[:right], -1, axis=1)
    changed.logits[200 : 200 + spoilt] = np.roll(changed.logits[200 : 200 + spoilt], 1, axis=1)
    return changed


def test_of_alphas_that_are_as_good_the_smallest_is_tried_first() -> None:
    """Three mended and one spoilt justify a larger alpha; three and two are within one standard error of none."""
    assert by_promise({1.0: mended(3, 1), 0.4: predicted(100), 0.1: predicted(300)}) == [1.0, 0.4, 0.1]
    assert mended(3, 2).loss < predicted(100).loss
    assert by_promise({1.0: mended(3, 2), 0.4: predicted(100), 0.1: predicted(300)}) == [0.4, 1.0, 0.1]


def test_between_losses_of_almost_nothing_alpha_is_a_quarter() -> None:
    """A loss that is ten times smaller than almost nothing justifies neither a larger nor a smaller alpha."""
    assert by_promise(
        {1.0: predicted(0, 30), 0.25: predicted(0, 20), 0.4: predicted(0, 25), 0.1: predicted(0, 25)}
    ) == [
        0.25,
        0.1,
        0.4,
        1.0,
    ]


def chosen_and_judged(alphas: list[float], **verdicts: str) -> tuple[float, list[float]]:
    """The chosen alpha, and those that were tested. By "a40": "forgets", "misclassifies" or "fine"."""
    seen = []

    def at(alpha: float) -> Acceptance:
        seen.append(alpha)
        word = verdicts[f"a{100 * alpha:.0f}"]
        return Acceptance(alpha, Paired(1, 0, 0), () if word == "fine" else (Text(word),), word == "forgets")

    return first_accepted(alphas, at).alpha, seen


def test_the_first_alpha_that_passes_is_taken() -> None:
    """In the order of promise, whichever is larger."""
    assert chosen_and_judged([0.4, 1.0, 0.1], a40="misclassifies", a100="fine", a10="fine") == (1.0, [0.4, 1.0])


def test_after_forgetting_only_smaller_alphas_are_tested() -> None:
    """Each test costs a second, and a larger alpha forgets more."""
    assert chosen_and_judged([0.4, 1.0, 0.1], a40="forgets", a10="fine") == (0.1, [0.4, 0.1])


def test_without_an_accepted_alpha_the_smallest_is_reported() -> None:
    """It has been tested, and is not tested twice."""
    assert chosen_and_judged([0.1, 0.4, 1.0], a10="misclassifies", a40="forgets") == (0.1, [0.1, 0.4])


def test_the_loss_has_a_standard_error() -> None:
    """It shrinks with the root of the number of images, and is 0 if all are predicted alike."""
    few, many = predicted(10, count=100), predicted(40, count=400)
    assert np.isclose(few.loss, many.loss)
    assert np.isclose(few.loss_error, 2 * many.loss_error)
    assert np.isclose(predicted(0).loss_error, 0)
