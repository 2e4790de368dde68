"""A drawing → a (28, 28) uint8 image with MNIST's own geometry.

MNIST's digits were cropped, scaled to a longest side of 20 pixels, and moved until their centre of mass was in the
middle (LeCun et al. 1998). Yadav and Bottou 2019, "Cold Case: The Lost MNIST Digits", reconstruct that in detail.
Measured over the 60,000 training images, the middle is index 14.0, and a stroke is about two pixels wide. A network
predicts a drawing well only if the drawing is prepared in the same way. Two functions do that for drawings of any size,
place and pen:

- `rasterize` redraws strokes at MNIST's stroke width. Only the path of the user's pen matters.
- `framing.framed` has only pixels (a photo). It measures the pen and thins or thickens the ink.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.language import _

Strokes = list[list[tuple[float, float]]]
"""Pen paths in drawing order: points (x, y), x right, y down, in any unit."""

Gray = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

SIDE = 28
BOX = 20.0
CENTRE = 14.0
STROKE_WIDTH = 2.0
MAX_POINTS = 20_000
MAX_COORDINATE = 1e9

_PIXELS = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).astype(np.float32)


def parse(raw: Any, most_points: int = MAX_POINTS) -> Strokes:
    """Check strokes that come from outside (JSON) and return them as lists of float pairs.

    Raises:
        InputError: they are not `[[[x, y], …], …]` of numbers, have NaN or a value beyond `MAX_COORDINATE`, or have no
            point or more than `most_points`.
    """
    try:
        strokes: Strokes = [[(_number(x), _number(y)) for x, y in stroke] for stroke in raw]
    except (TypeError, ValueError, OverflowError):
        raise InputError(_("A drawing must be strokes of numbers: [[[x, y], …], …].")) from None
    strokes = [stroke for stroke in strokes if stroke]
    count = sum(map(len, strokes))
    if not 0 < count <= most_points:
        raise InputError(
            _("A drawing must have 1 to {limit:,} points; this one has {count:,}.", limit=most_points, count=count)
        )
    if not all(abs(value) <= MAX_COORDINATE for stroke in strokes for point in stroke for value in point):
        raise InputError(
            _("A drawing's coordinates must be within ±{limit:,.0f}; one is larger, or NaN.", limit=MAX_COORDINATE)
        )
    return strokes


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(value)
    return float(value)


def parse_bitmap(raw: Any) -> Gray:
    """Check a 28×28 image that comes from outside (JSON rows of 0…255).

    Raises:
        InputError: the shape differs, or a value is not a grey value.
    """
    try:
        if list(map(len, raw)) == [SIDE] * SIDE:  # almost always whole numbers; this takes a third of the time
            return np.frombuffer(bytes(chain.from_iterable(raw)), np.uint8).reshape(SIDE, SIDE)
    except (TypeError, ValueError):
        pass
    try:
        values = np.asarray(raw, np.float64)
    except (TypeError, ValueError, OverflowError):
        values = np.zeros(0)
    if values.shape != (SIDE, SIDE) or not ((values >= 0) & (values <= 255)).all():
        raise InputError(_("A bitmap must be 28 rows of 28 values from 0 to 255."))
    return np.rint(values).astype(np.uint8)


def extent(strokes: Sequence[Sequence[tuple[float, float]]]) -> float:
    """The longest side of the box around the strokes, in the strokes' own unit; 0.0 for none."""
    points = [point for stroke in strokes for point in stroke]
    return float(np.ptp(np.asarray(points), axis=0).max()) if points else 0.0


def rasterize(strokes: Iterable[Sequence[tuple[float, float]]], *, width: float = STROKE_WIDTH) -> Gray:
    """Redraw strokes as MNIST would show them: (28, 28) uint8, 0 background, 255 ink.

    Args:
        strokes: pen paths in any unit.
        width: the stroke's width in pixels of the result.
    """
    segments = _segments(strokes)
    if not len(segments):
        return np.zeros((SIDE, SIDE), np.uint8)
    ends = segments.reshape(-1, 2)
    longest = np.ptp(ends, axis=0).max()
    if longest > 1e-9:  # else a dot
        segments = segments * ((BOX - width) / longest)
    segments = segments - _centre_of_mass(segments) + CENTRE
    reach = width / 2 + 0.5
    ends = segments.reshape(-1, 2)
    box = np.stack([np.floor(ends.min(axis=0) - reach), np.ceil(ends.max(axis=0) + reach) + 1])
    (left, top), (right, bottom) = np.clip(box, 0, SIDE).astype(int).tolist()
    near = _PIXELS[top:bottom, left:right]
    ink = np.clip(reach - _distances(segments, near.reshape(-1, 2)), 0.0, 1.0)
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top:bottom, left:right] = np.rint(255 * ink).reshape(near.shape[:2])
    return image


def _segments(strokes: Iterable[Sequence[tuple[float, float]]]) -> Points:
    """Strokes → (S, 2, 2) straight segments; a lone point is a segment of length 0."""
    paths = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    paths = [path if len(path) > 1 else np.repeat(path, 2, axis=0) for path in paths]
    pieces = [np.stack([path[:-1], path[1:]], axis=1) for path in paths]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2, 2))


def _centre_of_mass(segments: Points) -> Points:
    """(2,): the centre of the ink, which is spread evenly along the path."""
    lengths = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1) + 1e-9
    centre: Points = np.average(segments.mean(axis=1), axis=0, weights=lengths)
    return centre


def _distances(segments: Points, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(P, 2) pixels → (P,): from each one's centre to the nearest point of the path, in pixels."""
    start = segments[:, 0].astype(np.float32)
    along = (segments[:, 1] - segments[:, 0]).astype(np.float32)
    dx = pixels[:, 0, None] - start[:, 0]  # (P, S)
    dy = pixels[:, 1, None] - start[:, 1]
    t = (dx * along[:, 0] + dy * along[:, 1]) / np.maximum((along**2).sum(axis=1), np.float32(1e-12))
    np.clip(t, 0.0, 1.0, out=t)
    dx -= t * along[:, 0]
    dy -= t * along[:, 1]
    nearest: npt.NDArray[np.float32] = np.sqrt((dx * dx + dy * dy).min(axis=1))
    return nearest
