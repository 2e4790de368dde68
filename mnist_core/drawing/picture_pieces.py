"""Ink of a picture → the pieces that may be digits or parts of digits; digits that touch are cut apart."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.marks import INK, Box, marks
from mnist_core.drawing.paper import Ink
from mnist_core.drawing.segmentation import SPECK, Boxes, line_height, overlap_costs

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]

WIDE = 0.6
"""A wider mark, in heights of the line, may be two digits that touch."""
NARROWEST, NARROWEST_END = 0.2, 0.12
"""Between two cuts, and between a cut and the mark's end, in heights of the line."""
MOST_CUTS = 6
"""Of one mark."""
SIDEWAYS = 0.3
"""What a step aside counts on the way of a cut, in pixels of ink."""
THROUGH_INK = 2.0
"""The cost of a cut through as much ink as the pen is wide."""
OVERLAP = 8.0
"""As in `segmentation`, for pieces that do not touch; less, because pens are wider than strokes."""


@dataclass(frozen=True)
class Pieces:
    """Pieces of ink from left to right."""

    labels: Labels
    """(H, W): at each pixel the number of its piece from 1; 0 for none."""
    count: int
    cuts: dict[tuple[int, int], float]
    """Pairs of pieces that a cut divides → the cost of the cut."""

    @cached_property
    def boxes(self) -> Boxes:
        """(N, 4): left, top, right, bottom; right and bottom lie just outside."""
        found = map(Box.of, scipy.ndimage.find_objects(self.labels, self.count))
        return np.array([[each.left, each.top, each.right, each.bottom] for each in found], float).reshape(-1, 4)

    @property
    def ties(self) -> npt.NDArray[np.float64]:
        """(N, N): see `segmentation.Candidates`. The two sides of a cut may overlap."""
        costs = overlap_costs(self.boxes, overlap=OVERLAP)
        for (one, other), cost in self.cuts.items():
            costs[one, other] = costs[other, one] = cost
        return costs

    def mask(self, pieces: tuple[int, ...]) -> Mask:
        """(h, w), True where these pieces are, within the box around them."""
        left, top = self.boxes[[*pieces], :2].min(axis=0).astype(int)
        right, bottom = self.boxes[[*pieces], 2:].max(axis=0).astype(int)
        return np.isin(self.labels[top:bottom, left:right], [each + 1 for each in pieces])


def pieces(ink: Ink) -> Pieces:
    """The connected parts of the marks that may be digits, wide ones cut where they are thin."""
    labels = _parts(ink)
    places = scipy.ndimage.find_objects(labels)
    if not places:
        return Pieces(labels, 0, {})
    found = [Box.of(place) for place in places]
    line = line_height(np.array([[each.left, each.top, each.right, each.bottom] for each in found], float))
    pen = _pen(labels > 0)
    result, costs, count = np.zeros_like(labels), {}, 0
    for number, box in enumerate(found, 1):
        own = box.cut(labels) == number
        seams = _seams(own, line) if box.width > WIDE * line else []
        sides = np.zeros(own.shape, np.int32)  # how many seams lie to the left of each pixel
        for column, _ink in seams:
            sides += np.arange(box.width) >= column[:, None]
        last: int | None = None
        for side in range(len(seams) + 1):
            part = own & (sides == side)
            if not part.any():
                continue
            count += 1
            box.cut(result)[part] = count
            if last is not None:
                costs[last, count - 1] = THROUGH_INK * seams[side - 1][1] / pen
            last = count - 1
    return Pieces(result, count, costs)


def _pen(mask: Mask) -> float:
    """The width of the pen in pixels."""
    inside = scipy.ndimage.distance_transform_edt(mask)
    ridge = inside[mask & (inside == scipy.ndimage.maximum_filter(inside, size=3))]
    return 2 * float(np.median(ridge))


def _parts(ink: Ink) -> Labels:
    """(H, W): at each pixel the number of its connected part, of those that belong to a mark and are no specks."""
    connected, _count = scipy.ndimage.label(ink >= INK, structure=np.ones((3, 3)))
    found = marks(ink)
    boxes = map(Box.of, scipy.ndimage.find_objects(connected))
    least = SPECK * max((each.height for each in found), default=0)
    kept = [max(box.width, box.height) >= least and any(each.joined(box) == each for each in found) for box in boxes]
    numbers = np.concatenate([[0], np.where(kept, np.cumsum(kept), 0)]).astype(np.int32)
    labels: Labels = numbers[connected]
    return labels


def _seams(mask: Mask, line: float) -> list[tuple[npt.NDArray[np.int64], float]]:
    """Ways from the top to the bottom of a mark through as little ink as possible, from left to right.

    Each is a column for each row, and the ink on the way. It moves by at most one column from row to row.
    """
    height, width = mask.shape
    total = mask[0].astype(float)
    moves = np.zeros((height, width), np.int64)
    for row in range(1, height):
        beside = np.pad(total, 1, constant_values=np.inf)
        ways = np.stack([total, beside[:-2] + SIDEWAYS, beside[2:] + SIDEWAYS])
        moves[row] = np.array([0, -1, 1])[ways.argmin(axis=0)]
        total = ways.min(axis=0) + mask[row]
    apart, end_apart = (max(2, round(least * line)) for least in (NARROWEST, NARROWEST_END))
    kept: list[tuple[npt.NDArray[np.int64], float]] = []
    for start in np.argsort(total, kind="stable").tolist():
        column = np.full(height, start)
        for row in range(height - 1, 0, -1):
            column[row - 1] = column[row] + moves[row, column[row]]
        middle = float(column.mean())
        if (
            all(abs(middle - float(each.mean())) >= apart for each, _ink in kept)
            and end_apart <= middle <= width - end_apart
        ):
            kept.append((column, float(mask[np.arange(height), column].sum())))
        if len(kept) == MOST_CUTS:
            break
    return sorted(kept, key=lambda each: float(each[0].mean()))
