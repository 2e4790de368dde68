"""Labels and probabilities → figures, against values worked out by hand."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.evaluation.metrics import Accuracy, Paired, accuracy, evaluate, paired, roc, smooth


def one_hot(predictions: list[int]) -> npt.NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[predictions]


def u8(*values: int) -> npt.NDArray[np.uint8]:
    return np.array(values, np.uint8)


def test_accuracy_and_its_interval() -> None:
    """8 of 10: Wilson's 95% interval is (p + z²/2n ± z√(p(1-p)/n + z²/4n²)) / (1 + z²/n)."""
    z, n, p = 1.959963984540054, 10, 0.8
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = Accuracy(8, 10).interval
    assert low == pytest.approx((middle - half) / (1 + z * z / n))
    assert high == pytest.approx((middle + half) / (1 + z * z / n))
    assert Accuracy(8, 10).share == 0.8


@pytest.mark.parametrize("right", [0, 10])
def test_the_interval_stays_within_0_and_1(right: int) -> None:
    """Also when all or none are right, and it holds the share."""
    low, high = Accuracy(right, 10).interval
    assert 0 <= low <= right / 10 <= high <= 1
    assert high - low > 0.2


def test_nothing_is_no_accuracy() -> None:
    """None of none is no number, and could be anything."""
    assert math.isnan(Accuracy(0, 0).share)
    assert Accuracy(0, 0).interval == (0.0, 1.0)


def test_evaluation_of_seven_images() -> None:
    """Labels 1 1 1 2 2 3 3 predicted as 1 1 2 2 2 3 1."""
    labels = u8(1, 1, 1, 2, 2, 3, 3)
    result = evaluate(labels, one_hot([1, 1, 2, 2, 2, 3, 1]))
    assert result.accuracy == Accuracy(5, 7)
    assert result.confusion.shape == (10, 10)
    assert result.confusion[1].tolist() == [0, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert result.confusion[3].tolist() == [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(result.precision[1:4], [2 / 3, 2 / 3, 1])
    np.testing.assert_allclose(result.recall[1:4], [2 / 3, 1, 1 / 2])
    np.testing.assert_allclose(result.f1[1:4], [2 / 3, 4 / 5, 2 / 3])
    assert result.support.tolist() == [0, 3, 2, 2, 0, 0, 0, 0, 0, 0]
    for figure in (result.precision, result.recall, result.f1):
        assert np.isnan(figure[[0, *range(4, 10)]]).all()  # of what there is no image of, nothing is known


def test_precision_is_unknown_where_nothing_is_predicted() -> None:
    """A digit that is never predicted has a recall of 0 and no precision; one without images has neither."""
    result = evaluate(u8(1, 2), one_hot([2, 3]))
    assert np.isnan(result.precision[1])
    assert (result.precision[2], result.recall[1], result.recall[2], result.f1[1]) == (0, 0, 0, 0)
    assert np.isnan([result.precision[3], result.recall[3], result.f1[3]]).all()


def test_roc_of_four_images() -> None:
    """Scores 0.9 (yes), 0.8 (no), 0.7 (yes), 0.1 (no): three of the four pairs are in order, so 0.75."""
    probabilities = np.zeros((4, 10), np.float32)
    probabilities[:, 5] = [0.9, 0.8, 0.7, 0.1]
    found = roc(u8(5, 1, 5, 2), probabilities, 5)
    assert found is not None
    false_rate, true_rate, area = found
    assert area == pytest.approx(0.75)
    assert (false_rate[0], true_rate[0], false_rate[-1], true_rate[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(true_rate, false_rate) == pytest.approx(0.75)


@pytest.mark.parametrize("digit", [5, 6])
def test_roc_needs_both_kinds(digit: int) -> None:
    """Only this digit, or never this digit: there is no curve."""
    assert roc(u8(5, 5), one_hot([5, 1]), digit) is None


def test_two_predictions_are_compared_image_by_image() -> None:
    """5 became right, 1 wrong: p = 2 · (C(6,0) + C(6,1)) / 2⁶ = 14/64."""
    labels = np.zeros(10, np.uint8)
    before = np.array([1, 1, 1, 1, 1, 0, 0, 0, 1, 2])
    after = np.array([0, 0, 0, 0, 0, 1, 0, 0, 1, 3])
    change = paired(labels, before, after)
    assert change == Paired(count=10, became_right=5, became_wrong=1)
    assert change.p_value == pytest.approx(14 / 64)


def test_no_change_is_no_difference() -> None:
    """Two models with the same predictions cannot be told apart."""
    labels = u8(1, 2)
    change = paired(labels, labels, labels)
    assert change == Paired(2, 0, 0)
    assert change.p_value == 1.0


def test_the_greatest_drop_by_hand() -> None:
    """Of 998 images 9 became wrong, 4 right; half an image more each: (5 + 1.645 √(14 - 25/1000)) / 1000."""
    expected = (5 + 1.6448536 * math.sqrt(14 - 25 / 1000)) / 1000
    assert Paired(998, became_right=4, became_wrong=9).greatest_drop == pytest.approx(expected)


def test_the_greatest_drop_keeps_its_promise() -> None:
    """Of 4,000 imagined tunings that lose 0.1 points of 3,000 images, the bound lies above the truth for about 95%."""
    random = np.random.default_rng(0)
    draws = random.multinomial(3000, [0.002, 0.003, 0.995], size=4000)
    held = np.mean([Paired(3000, int(right), int(wrong)).greatest_drop >= 0.001 for right, wrong, _ in draws])
    assert 0.93 < held < 0.98


def test_more_images_make_a_closer_bound() -> None:
    """Ten times the images with the same shares: the bound comes nearer to the drop."""
    few, many = Paired(1000, 2, 3), Paired(10_000, 20, 30)
    assert 0.001 < many.greatest_drop < few.greatest_drop


def test_accuracy_of_arrays() -> None:
    """How many predictions equal their labels."""
    assert accuracy(u8(1, 2, 3), np.array([1, 2, 4])) == Accuracy(2, 3)


@pytest.mark.parametrize(
    ("weight", "smoothed"), [(0.0, [4.0, 1.0, 1.0]), (0.5, [4.0, 2.0, 10 / 7])], ids=["as they are", "half and half"]
)
def test_a_curve_is_smoothed_without_bias(weight: float, smoothed: list[float]) -> None:
    """Each value weighs `weight` times the next one; the first stands for itself."""
    assert smooth([4.0, 1.0, 1.0], weight) == pytest.approx(smoothed)
    assert smooth([], weight) == []
