"""The digits that the program writes itself."""

from itertools import pairwise

import numpy as np
import pytest

from mnist_core.data.synthetic import STYLES, generate, write
from mnist_core.drawing.strokes import BOX, CENTRE, SIDE, parse, rasterize

DIGITS = range(10)


def test_the_same_seed_writes_the_same_pictures() -> None:
    """`generate` depends on its seed and on nothing else; another seed gives other pictures."""
    images, labels = generate(60, seed=1)
    again_images, again_labels = generate(60, seed=1)
    np.testing.assert_array_equal(images, again_images)
    np.testing.assert_array_equal(labels, again_labels)
    assert not np.array_equal(images, generate(60, seed=2)[0])


def test_digits_are_balanced_and_shuffled() -> None:
    """There are as many of each digit as possible, in no order; pictures and labels are MNIST's types."""
    images, labels = generate(205, seed=3)
    assert images.shape == (205, SIDE, SIDE)
    assert images.dtype == np.uint8
    assert labels.shape == (205,)
    assert labels.dtype == np.uint8
    counts = np.bincount(labels, minlength=10)
    assert counts.min() == 20
    assert counts.max() == 21
    assert not np.array_equal(labels, np.sort(labels))
    assert not np.array_equal(labels, np.arange(205) % 10)


def test_nothing_to_write() -> None:
    """No pictures are an empty array of the usual shape, not an error."""
    images, labels = generate(0, seed=1)
    assert images.shape == (0, SIDE, SIDE)
    assert labels.shape == (0,)


def test_pictures_have_the_geometry_of_mnist() -> None:
    """The longest side is 20 pixels (a pixel more where the ink is faint), the centre of mass is near 14."""
    images, _ = generate(300, seed=4)
    for image in images:
        rows, columns = np.nonzero(image > 127)
        assert BOX - 2 <= 1 + max(np.ptp(rows), np.ptp(columns)) <= BOX + 1
        ink = image / image.sum()
        along = np.arange(SIDE)
        centre = np.array([(ink.sum(axis=1) * along).sum(), (ink.sum(axis=0) * along).sum()])
        np.testing.assert_allclose(centre, CENTRE, atol=1.5)
    assert 0.09 < images.mean() / 255 < 0.16  # MNIST: 0.131


@pytest.mark.parametrize("digit", DIGITS)
def test_every_style_can_be_written(digit: int) -> None:
    """Each style of each digit lies in its box and has at least two points a stroke, none twice in a row."""
    assert len(STYLES[digit]) >= 5
    for style in STYLES[digit]:
        for stroke in style.split(";"):
            points = [tuple(map(float, word.rstrip("!").split(","))) for word in stroke.split()]
            assert len(points) >= 2
            assert all(here != there for here, there in pairwise(points))
            assert all(0 <= x <= 70 and 0 <= y <= 105 for x, y in points)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_written_digit_is_a_drawing(digit: int) -> None:
    """`write` gives strokes as a person's drawing would come: finite, taller than a dot, few enough points."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        strokes = write(digit, rng)
        assert parse(strokes) == strokes
        points = np.array([point for stroke in strokes for point in stroke])
        assert 50 < np.ptp(points[:, 1]) < 200
        assert len(points) <= 100
        assert rasterize(strokes).any()


def test_no_two_are_alike() -> None:
    """A digit is never written the same way twice."""
    rng = np.random.default_rng(6)
    assert len({str(write(8, rng)) for _ in range(100)}) == 100


def test_a_digit_looks_most_like_its_own_kind() -> None:
    """The nearest of 2,000 other written pictures is of the same digit for at least 90 in 100."""
    known, known_labels = generate(2000, seed=7)
    asked, asked_labels = generate(300, seed=8)
    flat, query = (x.reshape(len(x), -1).astype(np.float32) / 255 for x in (known, asked))
    distances = (flat**2).sum(axis=1) - 2 * query @ flat.T
    assert (known_labels[distances.argmin(axis=1)] == asked_labels).mean() >= 0.9
