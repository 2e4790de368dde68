"""Pieces beside each other → those that belong together, by what a network and their shapes say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.drawing.segmentation import Boxes, Candidates, around, boxes_of, is_speck, line_height


def beside(*lefts: float) -> Boxes:
    """Pieces of the size of a round digit."""
    return np.array([[left, 0.0, left + 60, 100.0] for left in lefts])


def chosen(boxes: Boxes, digits: set[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The best division if the network takes these groups alone for digits."""
    candidates = Candidates(boxes)
    best = candidates.best([-0.01 if group in digits else -6.0 for group in candidates.groups])
    return [candidates.groups[each] for each in best]


def test_pieces_with_gaps_are_a_digit_each() -> None:
    """From left to right, in whatever order they come."""
    assert chosen(beside(140, 0, 70), {(0,), (1,), (2,)}) == [(1,), (2,), (0,)]


def test_rivals_of_a_division() -> None:
    """Two pieces that are one digit or two; the rival of either is the other, and the difference is what it costs."""
    candidates = Candidates(beside(0, 70))
    one, two = candidates.groups.index((0, 1)), [candidates.groups.index((0,)), candidates.groups.index((1,))]
    for whole in (-1.0, -4.0):
        scores = [whole if number == one else -1.0 for number in range(len(candidates.groups))]
        best, rivals = candidates.best(scores), candidates.rivals(scores)
        assert len(rivals) == len(best)
        assert all(division == (two if best == [one] else [one]) for _worse, division in rivals)
        assert all(worse > 0 for worse, _division in rivals)
    assert candidates.best(scores) == two
    closer = candidates.rivals([-3.5 if number == one else -1.0 for number in range(len(candidates.groups))])
    assert closer[0][0] == pytest.approx(rivals[0][0] - 0.5)


def test_a_late_bar_joins_its_digit() -> None:
    """The bar of a 7, written after the next digit."""
    boxes = np.array([[0, 0, 60, 100], [80, 0, 140, 100], [5, 45, 55, 55]], float)
    assert chosen(boxes, {(0,), (1,), (0, 2)}) == [(0, 2), (1,)]


def test_an_open_four_is_one_digit() -> None:
    """Both parts could be digits, and so could the whole. They share width."""
    boxes = np.array([[0, 0, 60, 60], [50, 0, 55, 100]], float)
    assert chosen(boxes, {(0,), (1,), (0, 1)}) == [(0, 1)]


def test_a_low_piece_is_hardly_a_digit() -> None:
    """The loose roof of a 5 looks like a 1 to the network."""
    boxes = np.array([[0, 0, 60, 100], [70, 0, 130, 10]], float)
    assert chosen(boxes, {(0,), (1,), (0, 1)}) == [(0, 1)]
    assert chosen(beside(0, 70), {(0,), (1,)}) == [(0,), (1,)]


def test_a_digit_has_no_wide_gap() -> None:
    """However sure a network is; but the whole is always a candidate."""
    groups = Candidates(beside(0, 130, 260)).groups
    assert (0, 1) not in groups
    assert groups[-1] == (0, 1, 2)


@given(st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 4), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_each_piece_is_in_one_digit(
    corners: list[tuple[float, float, float, float]], random: np.random.Generator
) -> None:
    """For any boxes and scores; the digits come in the order of their centres."""
    boxes = np.array([[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners])
    candidates = Candidates(boxes)
    best = candidates.best([-10 * random.random() for _ in candidates.groups])
    groups = [candidates.groups[each] for each in best]
    assert sorted(piece for group in groups for piece in group) == [*range(len(boxes))]
    middles = [float(np.mean(boxes[[*group]][:, [0, 2]].sum(axis=1))) for group in groups]
    assert middles == sorted(middles)


def test_the_line_is_as_high_as_most_digits() -> None:
    """A bar or a speck does not count."""
    boxes = np.array([[0, 0, 60, 100], [70, 0, 130, 110], [5, 45, 55, 50], [200, 50, 201, 51]], float)
    assert line_height(boxes) == pytest.approx(105)
    assert is_speck(boxes).tolist() == [False, False, False, True]


def test_dots_and_dashes_have_a_line() -> None:
    """One without height is as high as it is wide."""
    assert line_height(np.array([[0, 5, 30, 5.0]])) == 30
    assert line_height(np.array([[1, 1, 1, 1.0]])) > 0


def test_boxes_are_left_top_right_bottom() -> None:
    """Of each stroke, and of several boxes."""
    boxes = boxes_of([[(1, 2), (5, 0)], [(9, 9)]])
    assert boxes.tolist() == [[1, 0, 5, 2], [9, 9, 9, 9]]
    assert around(boxes) == (1, 0, 9, 9)
    assert boxes_of([]).shape == (0, 4)
