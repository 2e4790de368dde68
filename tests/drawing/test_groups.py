"""Strokes of several digits → the strokes of each."""

import numpy as np
import pytest

from mnist_core.data import synthetic
from mnist_core.drawing.groups import side_by_side
from mnist_core.drawing.strokes import Strokes


def moved(strokes: Strokes, right: float) -> Strokes:
    return [[(x + right, y) for x, y in stroke] for stroke in strokes]


def test_digits_beside_each_other_are_told_apart() -> None:
    """From left to right, in whatever order they were drawn."""
    random = np.random.default_rng(3)
    four = [moved(synthetic.write(digit, random), 120.0 * place) for place, digit in enumerate((2, 0, 8, 6))]
    drawn = [stroke for place in (2, 0, 3, 1) for stroke in four[place]]
    assert side_by_side(drawn) == [sorted(each, key=lambda stroke: min(x for x, _ in stroke)) for each in four]


@pytest.mark.parametrize("digit", range(10))
def test_the_strokes_of_one_digit_stay_together(digit: int) -> None:
    """The roof of a 5, the bar of a 7, the slash of a 0; only an open 4 may fall apart."""
    random = np.random.default_rng(digit)
    found = [len(side_by_side(synthetic.write(digit, random))) for _ in range(40)]
    assert found.count(1) >= (30 if digit == 4 else 38)


def test_nothing_is_no_group() -> None:
    """Empty strokes, too."""
    assert side_by_side([]) == side_by_side([[]]) == []
