"""Drawings → (28, 28) images with MNIST's geometry."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.drawing.strokes import (
    BOX,
    CENTRE,
    MAX_POINTS,
    SIDE,
    Gray,
    Strokes,
    extent,
    parse,
    parse_bitmap,
    rasterize,
)
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

SEVEN: Strokes = [[(10.0, 10.0), (60.0, 10.0), (30.0, 110.0)]]


def centre_of_mass(image: Gray) -> tuple[float, float]:
    """(row, column)."""
    ink = image / image.sum()
    along = np.arange(SIDE)
    return float((ink.sum(axis=1) * along).sum()), float((ink.sum(axis=0) * along).sum())


def longest_side(image: Gray) -> int:
    rows, columns = np.nonzero(image > 64)
    return int(1 + max(np.ptp(rows), np.ptp(columns)))


def test_a_drawing_gets_the_geometry_of_mnist() -> None:
    """The longest side becomes 20 pixels and the centre of mass lands at 14."""
    image = rasterize(SEVEN)
    assert image.shape == (SIDE, SIDE)
    assert image.dtype == np.uint8
    assert image.max() == 255
    assert abs(longest_side(image) - BOX) <= 1
    np.testing.assert_allclose(centre_of_mass(image), CENTRE, atol=0.7)


@pytest.mark.parametrize("scale", [0.001, 1, 50, 1e6])
@pytest.mark.parametrize("move", [-1000, 0, 12345])
def test_size_and_place_do_not_matter(scale: float, move: float) -> None:
    """The same path gives the same image in any unit and anywhere."""
    moved = [[(x * scale + move * scale, y * scale + move * scale) for x, y in stroke] for stroke in SEVEN]
    assert np.abs(rasterize(moved).astype(int) - rasterize(SEVEN)).max() <= 1


def test_a_wider_pen_gives_more_ink_in_the_same_box() -> None:
    """`width` widens the stroke; the digit's box stays the same."""
    thin, wide = rasterize(SEVEN, width=1.5), rasterize(SEVEN, width=4.0)
    assert wide.sum() > 1.5 * thin.sum()
    assert abs(longest_side(wide) - longest_side(thin)) <= 1


@pytest.mark.parametrize("strokes", [[], [[]], [[], []]])
def test_nothing_drawn_is_a_black_image(strokes: Strokes) -> None:
    """No points give no ink, and no error."""
    assert not rasterize(strokes).any()
    assert extent(strokes) == 0.0


@pytest.mark.parametrize(
    "strokes",
    [
        [[(5.0, 5.0)]],
        [[(5.0, 5.0), (5.0, 5.0)]],
        [[(5.0, 5.0)], [(5.0, 5.0)]],
        [[(0.0, 0.0), (1e-300, 1e-300)]],
        [[(1e9, 1e9), (1e9, 1e9)]],
    ],
)
def test_a_dot_is_a_small_spot_in_the_middle(strokes: Strokes) -> None:
    """A single point, however often it is given, makes a spot of about the pen's width, not NaN."""
    image = rasterize(strokes)
    assert 0 < (image > 0).sum() <= 16
    np.testing.assert_allclose(centre_of_mass(image), CENTRE, atol=0.1)


def test_extent_is_the_longest_side() -> None:
    """Over all strokes together."""
    assert extent([[(0.0, 0.0), (3.0, 1.0)], [(10.0, 2.0)]]) == 10.0


def test_parse_returns_pairs_of_floats() -> None:
    """Whole numbers become floats; empty strokes are left out."""
    assert parse([[[1, 2], [3.5, 4]], []]) == [[(1.0, 2.0), (3.5, 4.0)]]


@pytest.mark.parametrize(
    "raw",
    [
        None, 5, "strokes", {}, [], [[]], [[1, 2]], [[[1]]], [[[1, 2, 3]]], [[["1", "2"]]], [[[True, 1]]], [["12"]],
        [[[None, 1]]],
        [[[float("nan"), 1]]], [[[float("inf"), 1]]], [[[1e308, -1e308]]], [[[10**400, 1]]], [[[[1], [2]]]],
    ],
)  # fmt: skip
def test_parse_refuses_what_is_no_drawing(raw: Any) -> None:
    """Other shapes, text, NaN, infinity and absurd numbers are refused with a sentence."""
    with pytest.raises(InputError, match="drawing"):
        parse(raw)


def test_parse_refuses_too_many_points() -> None:
    """A drawing may have `MAX_POINTS` points, and not one more."""
    assert parse([[[0, 0]] * MAX_POINTS])
    with pytest.raises(InputError, match="20,001"):
        parse([[[0, 0]] * (MAX_POINTS + 1)])


def test_parse_bitmap_takes_28_rows_of_28_grey_values() -> None:
    """What `tolist()` gives is read back as it was."""
    image = rasterize(SEVEN)
    np.testing.assert_array_equal(parse_bitmap(image.tolist()), image)


@pytest.mark.parametrize(
    "raw",
    [None, [], [[0] * 28] * 27, [[256] * 28] * 28, [[-1] * 28] * 28, [["a"] * 28] * 28, [[float("nan")] * 28] * 28],
)
def test_parse_bitmap_refuses_anything_else(raw: Any) -> None:
    """Wrong shapes and values outside 0 to 255 are refused."""
    with pytest.raises(InputError, match="28 rows of 28"):
        parse_bitmap(raw)


def test_people_s_pen_strokes_are_predicted(pen_strokes: Path) -> None:
    """The shipped model predicts at least 93% of a sample of real pen strokes, drawn by thirty people."""
    with gzip.open(pen_strokes, "rt") as file:
        records = [json.loads(line) for number, line in enumerate(file) if number % 10 == 0]
    images = np.stack([rasterize(record["strokes"]) for record in records])
    predicted = Predictor(shipped().onnx).logits(images).argmax(axis=1)
    assert (predicted == [record["digit"] for record in records]).mean() >= 0.93
