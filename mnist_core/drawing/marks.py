"""Which marks in a picture may be digits, and which one is the digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.paper import TINY, Ink

Mask = npt.NDArray[np.bool_]

INK = 0.5
"""From this value, a pixel counts as ink."""
SPECK = 0.05
"""A mark with a smaller share of the largest one's area is a speck."""
REACH = 0.25
"""A mark this near to the digit, as a share of the digit's longest side, is a part of it."""
BESIDE = 0.4
"""The least height of a digit beside others, as a share of the tallest one's."""
CUT_OFF = (1.0, 0.15, 0.1, 0.06, 0.06)
"""The weight of a mark that touches so many of the picture's sides. Those that touch several are desks and frames."""


@dataclass(frozen=True)
class Box:
    """A rectangle in a picture, in its pixels; right and bottom lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, place: tuple[slice, ...]) -> Self:
        """From slices of rows and columns."""
        rows, columns = place
        return cls(columns.start, rows.start, columns.stop, rows.stop)

    @classmethod
    def around(cls, mask: Mask) -> Self:
        """The smallest box around all that is True, of which there must be some."""
        (place,) = scipy.ndimage.find_objects(mask.astype(np.uint8))
        return cls.of(place)

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    def cut(self, picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """This part of a picture, (H, W)."""
        return picture[self.top : self.bottom, self.left : self.right]

    def scaled(self, old: tuple[int, ...], new: tuple[int, ...]) -> Self:
        """In a picture that was resized from one shape, (H, W), to another."""
        down, right = new[0] / old[0], new[1] / old[1]
        edges = self.left * right, self.top * down, self.right * right, self.bottom * down
        return type(self)(*map(round, edges))

    def joined(self, other: Self) -> Self:
        """The smallest box around both."""
        return type(self)(
            min(self.left, other.left), min(self.top, other.top),
            max(self.right, other.right), max(self.bottom, other.bottom),
        )  # fmt: skip

    def apart(self, other: Self) -> int:
        """Pixels between the two, along the axis where they are further apart; negative if they overlap."""
        return max(other.left - self.right, self.left - other.right, other.top - self.bottom, self.top - other.bottom)

    def beside(self, other: Self) -> int:
        """Pixels between the two from left to right; negative if one is above the other."""
        return max(other.left - self.right, self.left - other.right)


@dataclass(frozen=True)
class _Part:
    """A connected piece of ink."""

    number: int
    """In the labelled picture."""
    box: Box
    area: int
    touched: int
    """The number of the picture's sides that cut it off; 0 in tiny pictures, which are cut closely."""

    @property
    def cut_off(self) -> bool:
        """Whether it goes on outside the picture."""
        return self.touched > 0


def marks(ink: Ink) -> list[Box]:
    """The boxes of all marks that may be digits, from left to right.

    Pieces above each other are of one mark, such as the bar and the belly of a 5. Specks, and what is much lower than
    the rest, are left out, and so is what the picture's edge cuts off, unless there is nothing else.
    """
    parts = _parts(ink)[1]
    parts = [part for part in parts if not part.cut_off] or parts
    largest = max((part.area for part in parts), default=0)
    found: list[Box] = []
    for box in sorted((part.box for part in parts if part.area >= SPECK * largest), key=lambda box: box.left):
        above = [each for each in found if each.beside(box) <= -0.5 * min(each.width, box.width)]
        for each in above:
            found.remove(each)
            box = box.joined(each)
        found.append(box)
    tallest = max((box.height for box in found), default=0)
    return sorted((box for box in found if box.height >= BESIDE * tallest), key=lambda box: box.left)


def digit_mark(ink: Ink) -> Mask | None:
    """(H, W), True where the digit's ink is; None if there is no ink.

    The digit is the large mark near the middle that the picture's edge does not cut off, and what lies close to it.
    """
    labels, parts = _parts(ink)
    if not parts:
        return None
    main = _main(parts, ink.shape)
    near = REACH * max(main.box.width, main.box.height)
    own = [
        part.number
        for part in parts
        if part is main
        or (part.box.apart(main.box) <= near and part.area >= SPECK * main.area and (main.cut_off or not part.cut_off))
    ]
    return np.isin(labels, own)


def whole(ink: Ink) -> Mask:
    """(H, W), False on marks that the picture's edge cuts off; True everywhere if the digit is one of them."""
    labels, parts = _parts(ink)
    if not parts or _main(parts, ink.shape).cut_off:
        return np.ones(ink.shape, bool)
    return ~np.isin(labels, [part.number for part in parts if part.cut_off])


def _parts(ink: Ink) -> tuple[npt.NDArray[np.int32], list[_Part]]:
    """The number of the connected piece at each pixel, (H, W), and all pieces."""
    labels, _ = scipy.ndimage.label(ink >= INK, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())
    height, width = ink.shape
    boxes = map(Box.of, scipy.ndimage.find_objects(labels))
    photograph = max(width, height) > TINY
    return labels, [
        _Part(
            number,
            box,
            int(areas[number]),
            photograph * [box.left, box.top, width - box.right, height - box.bottom].count(0),
        )
        for number, box in enumerate(boxes, 1)
    ]


def _main(parts: Sequence[_Part], shape: tuple[int, ...]) -> _Part:
    return max(parts, key=lambda part: _weight(part, shape))


def _weight(part: _Part, shape: tuple[int, ...]) -> float:
    """How likely it is the digit that a person means: large, in the middle, whole."""
    box = part.box
    off = max(
        abs((box.left + box.right) / shape[1] - 1), abs((box.top + box.bottom) / shape[0] - 1)
    )  # 0 in the middle, 1 at an edge
    weight: float = part.area**0.5 * max(box.width, box.height) * (1 - 0.6 * off)
    return weight * CUT_OFF[part.touched]
