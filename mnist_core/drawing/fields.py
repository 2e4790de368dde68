"""Sheets on a desk, and boxes: the four-sided fields that digits are written on, wherever they are in a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.marks import INK
from mnist_core.drawing.paper import TINY, Ink, otsu
from mnist_core.drawing.quadrilaterals import SOLID, Field, Mask, quadrilaterals

FLATTEST = 0.7
"""The least width of a box, as a share of its height, if what is in it may touch it. Digits are narrower."""


def on_sheet(gray: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """The same picture with paper in place of the desk around a light sheet; None if it shows no such sheet.

    A light digit on a dark ground is no sheet: a sheet has four corners, is mostly paper, and something dark is on it.
    """
    if max(gray.shape) <= TINY or np.ptp(gray) == 0:
        return None
    level = otsu(gray)
    for threshold in (level, otsu(gray[gray > level])):
        dark = gray <= threshold
        sheets = _fields(dark)
        if sheets:
            return _filled(gray, _inside(sheets, gray.shape), dark)
    return None


def in_boxes(ink: Ink) -> Ink:
    """The same ink without boxes, and without what lies outside, if there are boxes with ink in them.

    Empty boxes go alone.
    """
    if max(ink.shape) <= TINY:
        return ink
    boxes = _fields(ink >= INK)
    if boxes:
        return np.where(_inside(boxes, ink.shape), ink, 0)
    for empty in _outlined(ink >= INK):
        ink = np.where(empty.with_sides(ink.shape), 0, ink)
    return ink


def _inside(fields: Sequence[Field], shape: tuple[int, ...]) -> Mask:
    """(H, W), True well inside one of the fields."""
    return np.asarray(np.any([field.inside(shape) for field in fields], axis=0))


def _fields(dark: Mask) -> list[Field]:
    """(H, W), True where it is dark, → light fields with dark sides and something dark inside."""
    outlined = [field for field in _outlined(dark) if field.is_written_on(dark, cut=True)]
    found = outlined or _walled(dark, dark) or _walled(scipy.ndimage.binary_dilation(dark), dark)
    return [field for field in found if not any(field.holds(other) for other in found)]


def _outlined(dark: Mask) -> list[Field]:
    """Boxes that may be of one piece with what is in them: a thin line along the sides."""
    return [
        field.with_line(dark)
        for box, field in quadrilaterals(dark)
        if field.filled <= SOLID and box.width >= FLATTEST * box.height and field.is_lined(dark)
    ]


def _walled(wall: Mask, dark: Mask) -> list[Field]:
    """Parts of the ground with something dark well inside, between walls, which may be wider than what is dark."""
    found = (field for _box, field in quadrilaterals(~wall))
    return [field for field in found if field.is_lined(wall) and field.is_written_on(dark, cut=field.is_even)]


def _filled(gray: npt.NDArray[Any], inside: Mask, dark: Mask) -> npt.NDArray[Any]:
    """The same picture with, outside, the value of the nearest pixel inside that is not dark, nor near what is."""
    paper = inside & ~scipy.ndimage.binary_dilation(dark, iterations=3)
    rows, columns = scipy.ndimage.distance_transform_edt(~paper, return_distances=False, return_indices=True)
    return np.where(inside, gray, gray[rows, columns])
