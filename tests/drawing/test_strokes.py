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
    normalize_bitmap,
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


def picture_of(strokes: Strokes, side: int, pen: int, *, dark_on_light: bool = False) -> Gray:
    """A bitmap of `side` × `side` pixels with a pen of `pen` pixels, as a canvas or a photo would give it."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        draw.line(list(stroke), fill=255, width=pen, joint="curve")
    gray = np.asarray(picture)
    return 255 - gray if dark_on_light else gray


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


@pytest.mark.parametrize("side", [100, 280, 1000])
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_a_picture_is_read_like_its_strokes(side: int, dark_on_light: bool) -> None:
    """A bitmap of any size, light on dark or dark on light, comes out much like the same path rasterised."""
    strokes = [[(side * (0.2 + x / 200), side * (0.1 + y / 200)) for x, y in stroke] for stroke in SEVEN]
    image = normalize_bitmap(picture_of(strokes, side, max(2, side // 14), dark_on_light=dark_on_light))
    wanted = rasterize(strokes)
    assert image.shape == (SIDE, SIDE)
    assert abs(longest_side(image) - BOX) <= 1
    both = np.corrcoef(image.ravel().astype(float), wanted.ravel().astype(float))[0, 1]
    assert both > 0.75


def test_an_mnist_image_is_left_alone() -> None:
    """Light ink on a dark 28×28 ground is MNIST's own form already."""
    image = rasterize(SEVEN)
    np.testing.assert_array_equal(normalize_bitmap(image), image)


def test_specks_are_dropped() -> None:
    """A speck far from the digit does not shrink it."""
    picture = picture_of([[(100.0, 60.0), (150.0, 60.0), (120.0, 200.0)]], 300, 20).copy()
    clean = normalize_bitmap(picture)
    picture[290:292, 290:292] = 255
    np.testing.assert_array_equal(normalize_bitmap(picture), clean)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (28, 28), (300, 2), (64, 64)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_even_picture_has_no_ink(shape: tuple[int, int], value: int) -> None:
    """One grey value everywhere is not a digit: no NaN, no error."""
    image = normalize_bitmap(np.full(shape, value, np.uint8))
    assert image.shape == (SIDE, SIDE)
    assert not image.any()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 3, 3), (5,)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    """Only two-dimensional grey values can be read."""
    with pytest.raises(InputError, match="two-dimensional"):
        normalize_bitmap(np.zeros(shape, np.uint8))


def test_random_pictures_never_break_it() -> None:
    """Noise of any size gives a (28, 28) uint8 image."""
    random = np.random.default_rng(0)
    for _ in range(60):
        shape = random.integers(1, 40, size=2)
        picture = (random.random(shape) > random.random()).astype(np.uint8) * random.integers(0, 256, dtype=np.uint8)
        image = normalize_bitmap(picture)
        assert image.shape == (SIDE, SIDE)
        assert image.dtype == np.uint8


def test_people_s_pen_strokes_are_predicted(pen_strokes: Path) -> None:
    """The shipped model predicts at least 93% of a sample of real pen strokes, drawn by thirty people."""
    with gzip.open(pen_strokes, "rt") as file:
        records = [json.loads(line) for number, line in enumerate(file) if number % 10 == 0]
    images = np.stack([rasterize(record["strokes"]) for record in records])
    predicted = Predictor(shipped().onnx).logits(images).argmax(axis=1)
    assert (predicted == [record["digit"] for record in records]).mean() >= 0.93
