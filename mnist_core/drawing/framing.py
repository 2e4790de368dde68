"""Ink of one digit at any size → (28, 28) uint8 with MNIST's geometry; see `strokes`."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from PIL import Image

from mnist_core.drawing.strokes import BOX, CENTRE, SIDE, STROKE_WIDTH, Gray

Floats = npt.NDArray[np.float64]

VISIBLE = 30
"""From this value, a pixel of a 28×28 image is a part of its digit."""
OWN_SIDES = (18, 21)
"""The longest side of the visible part in an image that has MNIST's geometry; MNIST's own are 18 to 20."""
OWN_CENTRE = 1.0
"""How far its centre of mass may lie from `CENTRE`; MNIST's own lie within 0.52."""


def framed(mask: npt.NDArray[np.bool_]) -> Gray:
    """(H, W), True where the ink is, → (28, 28) uint8, centred, with strokes of MNIST's width."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.uint8)
    return _centred(_at_stroke_width(mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]))


def reframed(image: Gray) -> Gray:
    """(28, 28), light ink on black, → the same in MNIST's geometry; unchanged if it has that already."""
    rows, columns = np.nonzero(image > VISIBLE)
    if not len(rows):
        return image
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    off = np.abs(np.array(scipy.ndimage.center_of_mass(image)) - CENTRE).max()
    if OWN_SIDES[0] <= max(bottom - top, right - left) <= OWN_SIDES[1] and off <= OWN_CENTRE:
        return image
    ink = image[top:bottom, left:right] / 255
    return _centred(np.clip(_in_box(ink, Image.Resampling.BICUBIC), 0, 1))


def _in_box(ink: npt.NDArray[Any], smoothing: Image.Resampling) -> Floats:
    """Resize so that the longest side is `BOX`."""
    scale = BOX / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, smoothing), np.float64)


def _at_stroke_width(mask: npt.NDArray[np.bool_]) -> Floats:
    """Ink → the same ink in a box of `BOX` pixels, with strokes of `STROKE_WIDTH`; values 0…1.

    With the signed distance to the ink's edge, thinning and thickening are a shift of the level.
    """
    pad = 1 + max(mask.shape) // 8
    mask = np.pad(mask, pad)
    signed = scipy.ndimage.distance_transform_edt(mask) - scipy.ndimage.distance_transform_edt(~mask)
    ridge = signed[(signed > 0) & (signed == scipy.ndimage.maximum_filter(signed, size=3))]
    pen = 2 * float(np.median(ridge))
    longest = max(mask.shape) - 2 * pad
    # The pen's wanted width in source pixels w solves w = STROKE_WIDTH · (longest - pen + w) / BOX.
    wanted = STROKE_WIDTH * max(longest - pen, 1.0) / (BOX - STROKE_WIDTH)
    level = signed + (wanted - pen) / 2
    ink = np.clip(level + 0.5, 0.0, 1.0)
    rows, columns = np.nonzero(ink)
    small = _in_box(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], Image.Resampling.BOX)
    return small / max(float(small.max()), 1e-9)


def _centred(ink: Floats) -> Gray:
    """Put ink (values 0…1) on a 28×28 ground, with its centre of mass at the centre, by whole pixels."""
    canvas = np.zeros((SIDE, SIDE))
    top, left = (np.rint(CENTRE - np.array(scipy.ndimage.center_of_mass(ink)))).astype(int)
    top = int(np.clip(top, 0, SIDE - ink.shape[0]))
    left = int(np.clip(left, 0, SIDE - ink.shape[1]))
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return np.rint(255 * canvas).astype(np.uint8)
