"""What holds for every drawing, not only for a seven."""

import json
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_core.common.errors import InputError
from mnist_core.drawing.strokes import (
    MAX_COORDINATE,
    SIDE,
    Gray,
    Strokes,
    extent,
    parse,
    parse_bitmap,
    rasterize,
)
from tests.strategies import bitmap_rows, drawn_strokes, grid_strokes, json_values

NO_NUMBER = 10**400
"""JSON can hold it, a float cannot."""


def differ(one: Gray, other: Gray) -> int:
    """The largest difference of a pixel."""
    return int(np.abs(one.astype(int) - other).max())


@given(drawn_strokes)
def test_every_drawing_has_ink(strokes: Strokes) -> None:
    """(28, 28) uint8, never empty, whatever was drawn and wherever."""
    image = rasterize(parse(strokes))
    assert (image.shape, image.dtype) == ((SIDE, SIDE), np.uint8)
    assert image.max() > 100


@given(grid_strokes, st.tuples(*[st.integers(-10_000, 10_000)] * 2), st.integers(-10, 10))
def test_place_and_size_do_not_matter(strokes: Strokes, move: tuple[int, int], power: int) -> None:
    """Moved by whole pixels and scaled by a power of two: the same image, give or take a rounding."""
    scale = 2.0**power
    moved = [[((x + move[0]) * scale, (y + move[1]) * scale) for x, y in stroke] for stroke in strokes]
    assert differ(rasterize(moved), rasterize(strokes)) <= 1
    assert extent(moved) == extent(strokes) * scale


@given(grid_strokes, st.randoms(use_true_random=False))
def test_the_ink_does_not_know_the_pen_s_way(strokes: Strokes, random: Any) -> None:
    """In another order, and each from its end to its start: the same image."""
    other = [stroke[::-1] for stroke in strokes]
    random.shuffle(other)
    assert differ(rasterize(other), rasterize(strokes)) <= 1


@given(st.lists(st.lists(st.tuples(st.integers(-400, 400), st.floats(-1e9, 1e9)), max_size=5), max_size=5))
def test_parsing_keeps_the_pen_s_order(raw: list[list[tuple[int, float]]]) -> None:
    """Point by point, stroke by stroke; only empty strokes go, and parsing again changes nothing."""
    wanted = [[(float(x), float(y)) for x, y in stroke] for stroke in raw if stroke]
    if not wanted:
        return
    strokes = parse(json.loads(json.dumps(raw)))
    assert strokes == wanted
    assert parse(strokes) == strokes


@given(json_values())
@example([[[NO_NUMBER, 0]]])
@example([[[0, 0, 0]]])
def test_parsing_anything_gives_strokes_or_a_sentence(raw: Any) -> None:
    """Finite floats within the limits, or an InputError; nothing else is raised."""
    try:
        strokes = parse(raw)
    except InputError:
        return
    values = [value for stroke in strokes for point in stroke for value in point]
    assert values
    assert all(type(value) is float and abs(value) <= MAX_COORDINATE for value in values)


@given(bitmap_rows())
def test_a_bitmap_is_read_as_it_was_written(rows: list[list[int]]) -> None:
    """Each of the 784 values."""
    image = parse_bitmap(json.loads(json.dumps(rows)))
    assert image.dtype == np.uint8
    assert image.tolist() == rows


@given(st.one_of(json_values(), bitmap_rows().flatmap(lambda rows: st.builds(_spoilt, st.just(rows), json_values()))))
@example([[NO_NUMBER] * SIDE] * SIDE)
@example([NO_NUMBER])
def test_a_bitmap_of_anything_gives_an_image_or_a_sentence(raw: Any) -> None:
    """28 rows of 28 grey values, or an InputError; nothing else is raised."""
    try:
        image = parse_bitmap(raw)
    except InputError:
        return
    assert (image.shape, image.dtype) == ((SIDE, SIDE), np.uint8)


def _spoilt(rows: list[list[Any]], value: Any) -> list[list[Any]]:
    """With something else in the middle."""
    return [[value if (x, y) == (14, 14) else each for x, each in enumerate(row)] for y, row in enumerate(rows)]
