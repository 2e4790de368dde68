"""Convex quadrilaterals in a picture: the shapes of sheets and boxes, and what is along their sides and inside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.marks import Box

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]
"""(N, 2): x, y in pixels."""

SMALLEST = 0.3
"""The least width and height of a field, as a share of the picture's shorter side. Squares of paper are smaller."""
FOUR_SIDED = 0.88
"""A field fills at least this share of what its four corners do."""
LINED = 0.85
"""A field has a line, or the desk, along this share of each side."""
MARK = 0.2
"""What is written in a field is at least this high, as a share of its shorter side."""
MARGIN = 0.015
"""What lies so close to a field's sides, as a share of its longer side, may be blurred or a bent part of a line."""
SOLID = 0.6
"""The ground shows on at least this share of a field, and a box's lines cover at most this share of its hull."""
EVEN = 0.9
"""See `Field.is_even`."""
WIDEST_LINE = 0.1
"""The widest line of a box, as a share of its shortest side."""
MOST_CORNERS = 100
"""Of a field's hull; of more, some are left out."""


@dataclass(frozen=True)
class Field:
    """A convex quadrilateral with ink, or something else that is dark, along its sides."""

    corners: Points
    """(4, 2), in the order of the hull."""
    filled: float
    """The share of its hull that the part of the picture covers by which it was found."""
    line: float = 0.0
    """The width of the line that belongs to it, in pixels."""

    def inside(self, shape: tuple[int, ...]) -> Mask:
        """(H, W), True on the pixels that are well inside of all sides."""
        return self._within(shape, self.line + self._margin)

    def with_sides(self, shape: tuple[int, ...]) -> Mask:
        """(H, W), True on the pixels inside and on the sides."""
        return self._within(shape, -self._margin)

    def _within(self, shape: tuple[int, ...], inwards: float) -> Mask:
        y, x = np.mgrid[: shape[0], : shape[1]]
        result = np.ones(shape, bool)
        for start, way in zip(self.corners, self._ways, strict=True):
            across = way[0] * (y - start[1]) - way[1] * (x - start[0])
            result &= across > inwards * np.hypot(*way)
        return result

    def holds(self, other: Self) -> bool:
        """Whether another, smaller field lies in this one."""
        x, y = other.corners.mean(axis=0)
        ways = self._ways
        across = ways[:, 0] * (y - self.corners[:, 1]) - ways[:, 1] * (x - self.corners[:, 0])
        return bool((across > 0).all() and _area(other.corners) < _area(self.corners))

    @property
    def is_even(self) -> bool:
        """Whether opposite sides are about as long as each other. What a digit leaves of a box beside it is not."""
        sides = np.hypot(*self._ways.T)
        ratios = sides / np.roll(sides, 2)
        return bool(ratios.min() >= EVEN)

    def is_lined(self, dark: Mask) -> bool:
        """Whether there is something dark along each side."""
        near = np.arange(-1.0 - self._margin, 2 + self._margin)
        return all(met.any(axis=0).mean() >= LINED for met in self._along(dark, near))

    def with_line(self, dark: Mask) -> Self:
        """The same with the width of the dark line just inside of its sides."""
        widths = []
        for met in self._along(dark, np.arange(0.0, WIDEST_LINE * self.shortest)):
            passed = np.maximum.accumulate(met, axis=0) & ~met
            widths.append(np.quantile(passed.argmax(axis=0), 0.8))
        return replace(self, line=float(max(widths)))

    def is_written_on(self, dark: Mask, *, cut: bool = False) -> bool:
        """Whether something dark of the size of a digit is inside, and mostly ground.

        Args:
            dark: (H, W).
            cut: whether it may go on outside.
        """
        inside = self.inside(dark.shape)
        labels, _ = scipy.ndimage.label(dark & inside if cut else dark, structure=np.ones((3, 3)))
        outside = np.unique(labels[~inside])
        boxes = [
            Box.of(place) for number, place in enumerate(scipy.ndimage.find_objects(labels), 1) if number not in outside
        ]
        mark = max((max(box.width, box.height) for box in boxes), default=0)
        return mark >= MARK * self.shortest and dark[inside].mean() <= 1 - SOLID

    def _along(self, dark: Mask, inwards: npt.NDArray[np.float64]) -> Iterator[Mask]:
        """For each side (D, 91): what is dark at so many pixels inwards, from one end to the other."""
        shares = np.linspace(0.05, 0.95, 91)[:, None]
        for start, way in zip(self.corners, self._ways, strict=True):
            steps = inwards[:, None, None] * np.array([-way[1], way[0]]) / np.hypot(*way)
            x, y = np.moveaxis(np.rint(start + shares * way + steps).astype(int), -1, 0)
            yield dark[np.clip(y, 0, dark.shape[0] - 1), np.clip(x, 0, dark.shape[1] - 1)]

    @property
    def shortest(self) -> float:
        """Of its sides, in pixels."""
        return float(np.hypot(*self._ways.T).min())

    @property
    def _margin(self) -> float:
        """See `MARGIN`; in pixels."""
        return float(max(2.0, MARGIN * np.hypot(*self._ways.T).max()))

    @property
    def _ways(self) -> Points:
        """(4, 2): from each corner to the next."""
        return np.asarray(np.roll(self.corners, -1, axis=0) - self.corners)


def quadrilaterals(mask: Mask) -> Iterator[tuple[Box, Field]]:
    """The large connected parts with four corners inside the picture, and the boxes around them."""
    labels, _ = scipy.ndimage.label(mask)
    height, width = mask.shape
    for number, place in enumerate(scipy.ndimage.find_objects(labels), 1):
        box = Box.of(place)
        within = min(box.left, box.top, width - box.right, height - box.bottom) > 0
        if within and min(box.width, box.height) >= SMALLEST * min(mask.shape):
            field = _field(labels[place] == number, box)
            if field:
                yield box, field


def _field(part: Mask, box: Box) -> Field | None:
    """The quadrilateral that a connected part of a picture fills; None if it has another shape."""
    rows = np.arange(box.height)
    lefts, rights = part.argmax(axis=1), box.width - 1 - part[:, ::-1].argmax(axis=1)
    ends = np.concatenate([np.stack([lefts, rows], 1), np.stack([rights, rows], 1)])
    hull = scipy.spatial.ConvexHull(ends)
    corners = ends[hull.vertices].astype(float)
    four = _four(corners[:: -(-len(corners) // MOST_CORNERS)])
    if len(four) < 4 or _area(four) < FOUR_SIDED * hull.volume:
        return None
    return Field(four + np.array([box.left, box.top]), float(part.sum() / hull.volume))


def _four(corners: Points) -> Points:
    """The four of a convex polygon's corners, (N, 2) in order, between which the area is largest."""
    one, other = np.triu_indices(len(corners), 1)
    ways = corners[other] - corners[one]
    apart = corners[None] - corners[one][:, None]
    across = ways[:, :1] * apart[..., 1] - ways[:, 1:] * apart[..., 0]
    best = int((across.max(axis=1) - across.min(axis=1)).argmax())
    chosen = {int(one[best]), int(other[best]), int(across[best].argmax()), int(across[best].argmin())}
    return np.asarray(corners[sorted(chosen)])


def _area(corners: Points) -> float:
    x, y = corners.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
