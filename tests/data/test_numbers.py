"""Drawings of digits, put together to numbers."""

from itertools import pairwise

import numpy as np
import pytest

from mnist_core.data import synthetic
from mnist_core.data.numbers import FLATTEST, GAPS, UP_AND_DOWN, Written, put_together
from mnist_core.drawing.strokes import Strokes


def digits(count: int, seed: int = 0) -> list[Strokes]:
    rng = np.random.default_rng(seed)
    return [synthetic.write(int(rng.integers(10)), rng) for _ in range(count)]


def boxes(written: Written) -> list[tuple[float, float, float, float]]:
    """Of each digit: left, top, right, bottom."""
    found = []
    for place in sorted(set(written.owners)):
        own = [stroke for stroke, owner in zip(written.strokes, written.owners, strict=True) if owner == place]
        points = np.concatenate(own)
        found.append((*points.min(axis=0).tolist(), *points.max(axis=0).tolist()))
    return found


def test_digits_are_one_high_and_beside_each_other() -> None:
    """With gaps and places within the limits; each keeps its strokes in their order."""
    own = digits(8)
    written = put_together(own, np.random.default_rng(1))
    found = boxes(written)
    width = np.mean([right - left for left, _, right, _ in found])
    assert all(bottom - top == pytest.approx(1) for _, top, _, bottom in found)
    assert all(abs(top) <= UP_AND_DOWN for _, top, _, _ in found)
    gaps = [after[0] - before[2] for before, after in pairwise(found)]
    assert all(GAPS[0] - 1e-9 <= gap / width <= GAPS[1] + 1e-9 for gap in gaps)
    assert [*written.owners] == [place for place, each in enumerate(own) for _ in each]


def test_heights_may_differ() -> None:
    """Down to the least one."""
    heights = [
        bottom - top for _, top, _, bottom in boxes(put_together(digits(9), np.random.default_rng(2), smallest=0.5))
    ]
    assert all(0.5 <= height <= 1 for height in heights)
    assert max(heights) - min(heights) > 0.2


def test_last_strokes_may_come_late() -> None:
    """After a later digit; no stroke is lost, and the drawing looks the same."""
    own = [[[(0, 0), (6, 0), (3, 9)], [(1, 5), (5, 5)]], [[(0, 0), (0, 9)]], [[(0, 0), (0, 9)]]]
    for seed in range(5):
        plain, late = (put_together(own, np.random.default_rng(seed), delayed=share) for share in (0.0, 1.0))
        assert plain.owners == (0, 0, 1, 2)
        assert late.owners in ((0, 1, 0, 2), (0, 1, 2, 0))
        assert boxes(late) == boxes(plain)


def test_a_dash_stays_flat() -> None:
    """It is not stretched to the height of a digit."""
    dash: Strokes = [[(0, 0), (10, 0)]]
    (left, _, right, _), _ = boxes(put_together([dash, dash], np.random.default_rng(0)))
    assert right - left == pytest.approx(1 / FLATTEST)
