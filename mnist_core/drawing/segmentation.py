"""Pieces of a number (strokes, or marks of a picture) → which pieces may be a digit, and the best division of them all.

A digit is a run of pieces in the order of their centres, from left to right. So a stroke may be written late, such as
the bar of a 7 after the next digit. A network scores each candidate; `Candidates.best` adds what the shapes say.
The unit is the height of the line of digits. `bench numbers` measures the constants below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mnist_core.drawing.strokes import Strokes

Boxes = npt.NDArray[np.float64]
"""(N, 4): left, top, right, bottom, in any unit."""

MOST_PIECES = 5
"""Strokes of a digit; a whole drawing may have more."""
WIDEST_GAP = 0.6
"""Inside a digit."""
WIDEST = 2.5
TALL = 0.4
"""The height of the line is the median of the pieces that have at least this share of the tallest one's height."""
SPECK = 0.1
"""A smaller piece is no digit."""

PER_DIGIT = 1.25
"""Added for each digit, because a whole that is cut into more digits has more log-probabilities, all negative."""
ALONE = 1.0
"""Added if all pieces are one digit."""
OVERLAP = 16.0
"""Subtracted for each unit of width that two strokes of different digits share."""
LOW = 4.0
"""Subtracted for a digit of half the line's height: this times log 2."""
FLATTEST = 0.05
"""A flatter digit counts as this high."""
WIDE = 2.5
"""Subtracted for the square of a digit's width beyond one unit."""
MOST_OVERLAP = 0.6
"""Of two pieces; more counts as this much."""


def boxes_of(strokes: Strokes) -> Boxes:
    """The box around each stroke."""
    corners = [np.concatenate([np.min(stroke, axis=0), np.max(stroke, axis=0)]) for stroke in strokes]
    return np.array(corners, np.float64).reshape(-1, 4)


def around(boxes: Boxes) -> tuple[float, float, float, float]:
    """The box around boxes."""
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


def line_height(boxes: Boxes) -> float:
    """The height of the line of digits; positive."""
    heights = boxes[:, 3] - boxes[:, 1]
    widths = boxes[:, 2] - boxes[:, 0]
    if heights.max() <= 0:  # a dash, or dots
        return float(max(widths.max(), 1e-9))
    return float(np.median(heights[heights >= TALL * heights.max()]))


def is_speck(boxes: Boxes) -> npt.NDArray[np.bool_]:
    """(N,): which pieces are too small to be a digit or a part that matters."""
    small: npt.NDArray[np.bool_] = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) < SPECK * line_height(boxes)
    return small


def overlap_costs(boxes: Boxes, *, overlap: float = OVERLAP) -> npt.NDArray[np.float64]:
    """(N, N): what it costs to take two pieces for parts of different digits, because one reaches over the other."""
    units = boxes / line_height(boxes)
    shared = np.minimum(units[:, None, 2], units[:, 2]) - np.maximum(units[:, None, 0], units[:, 0])
    return np.asarray(overlap * np.clip(shared, 0, MOST_OVERLAP), np.float64)


@dataclass(frozen=True)
class Candidates:
    """The groups of pieces that may be a digit each."""

    boxes: Boxes
    """Of one piece or more."""
    ties: npt.NDArray[np.float64] | None = None
    """(N, N): subtracted if the two pieces are of different digits; None for their `overlap_costs`."""
    most_pieces: int = MOST_PIECES
    """Of a digit; a whole drawing may have more."""

    @cached_property
    def groups(self) -> list[tuple[int, ...]]:
        """For each candidate, the indices of its pieces in ascending order. The last one has all pieces."""
        return [tuple(sorted(self._order[start:end])) for start, end in self._runs]

    def best(self, scores: Sequence[float]) -> list[int]:
        """The candidates that divide the pieces best, from left to right.

        Args:
            scores: for each candidate the log-probability that it is a digit.
        """
        return self._divided(np.asarray(scores))[1]

    def rivals(self, scores: Sequence[float]) -> list[tuple[float, list[int]]]:
        """For each candidate of `best`: by how much the best division without it is worse, and that division."""
        given = np.asarray(scores, float)
        total, division = self._divided(given)
        others = [self._divided(np.where(np.arange(len(given)) == number, -np.inf, given)) for number in division]
        return [(total - other, rival) for other, rival in others]

    def _divided(self, scores: npt.NDArray[np.float64]) -> tuple[float, list[int]]:
        """The best division and its sum."""
        count = len(self.boxes)
        best: list[tuple[float, list[int]]] = [(0.0, []), *[(-np.inf, [])] * count]
        totals = scores + PER_DIGIT - self._costs
        for number, (start, end) in sorted(enumerate(self._runs), key=lambda each: each[1]):
            total = best[start][0] + totals[number] + (ALONE if end - start == count else 0.0)
            if total > best[end][0]:
                best[end] = total, [*best[start][1], number]
        return best[count]

    @cached_property
    def _order(self) -> list[int]:
        order: list[int] = np.argsort(self.boxes[:, 0] + self.boxes[:, 2], kind="stable").tolist()
        return order

    @cached_property
    def _units(self) -> Boxes:
        """The boxes in the order of their centres, in heights of the line."""
        units: Boxes = self.boxes[self._order] / line_height(self.boxes)
        return units

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        count = len(self.boxes)
        runs = [
            (start, end)
            for start in range(count)
            for end in range(start + 1, min(start + self.most_pieces, count) + 1)
            if end - start < count and (end - start == 1 or self._hangs_together(start, end))
        ]
        return [*runs, (0, count)]

    def _hangs_together(self, start: int, end: int) -> bool:
        sides = sorted(self._units[start:end, [0, 2]].tolist())
        reached = sides[0][1]
        for left, right in sides[1:]:
            if left - reached > WIDEST_GAP:
                return False
            reached = max(reached, right)
        return bool(reached - sides[0][0] <= WIDEST)

    @cached_property
    def _costs(self) -> npt.NDArray[np.float64]:
        """What each candidate's shape, and its overlap with all pieces to the left, speaks against it."""
        ties = overlap_costs(self.boxes) if self.ties is None else self.ties
        apart = ties[np.ix_(self._order, self._order)]
        return np.array([self._shape_cost(*run) + apart[run[0] : run[1], : run[0]].sum() for run in self._runs])

    def _shape_cost(self, start: int, end: int) -> float:
        left, top, right, bottom = around(self._units[start:end])
        low = max(0.0, -float(np.log(max(bottom - top, FLATTEST))))
        return LOW * low + WIDE * max(0.0, right - left - 1) ** 2
