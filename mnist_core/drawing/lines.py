"""Ruled lines, squares, boxes and frames: what runs straight across a picture from edge to edge is no digit."""

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.marks import INK
from mnist_core.drawing.paper import TINY, Ink

Mask = npt.NDArray[np.bool_]

FAINT = 0.2
"""A line has at least this much ink."""
RUN = 0.2
"""A line has straight runs of at least this share of the picture's side."""
SPAN = 0.9
"""A line spans at least this share of the picture's side."""
FLAT = 1.5
"""A picture that is wider, as a share of its height, may show digits from edge to edge."""
LOW, LOWEST = 0.7, 0.15
"""Beside the margin's line, the tallest mark has a height between these shares of the picture's."""
TILT = 0.04
"""The largest slope of a line."""
BEND = 2
"""The degree of the curve along which paper may bend a line."""
DARKER = 0.5
"""On a line, what is this much nearer to full ink than the line is a stroke that crosses it."""

LEFT_OVER, LEFT_OVER_SHARE = 6, 0.015
"""The longest side of what may remain where lines cross, in pixels and as a share of the picture's longer side."""

SLOPES = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""The directions in which a stroke may cross a line: steps aside for a step down."""


def without_lines(ink: Ink) -> Ink:
    """The same ink without lines along the picture's sides. Strokes that cross a line stay.

    In a wide picture without level lines, upright ones are digits 1 from edge to edge, or the margin's line beside
    marks that are much lower.
    """
    if max(ink.shape) <= TINY:
        return ink
    level, upright = _bands(ink), _bands(ink.T)
    other = _without(ink.T, upright).T if upright else ink
    if upright and not level and ink.shape[1] >= FLAT * ink.shape[0] and not _is_low(other):
        return ink
    return np.minimum(_without(ink, level), other)


def are_left_over(mask: Mask) -> bool:
    """Whether all marks, (H, W), are so small that they may be what remained of lines."""
    labels, _ = scipy.ndimage.label(mask, structure=np.ones((3, 3)))
    sides = [side.stop - side.start for place in scipy.ndimage.find_objects(labels) for side in place]
    return bool(max(sides, default=0) <= max(LEFT_OVER, LEFT_OVER_SHARE * max(mask.shape)))


def _is_low(ink: Ink) -> bool:
    """Whether there are marks, and all are too low to be digits of the picture's height."""
    labels, _ = scipy.ndimage.label(ink >= INK)
    heights = [rows.stop - rows.start for rows, _columns in scipy.ndimage.find_objects(labels)]
    return LOWEST * len(ink) <= max(heights, default=0) <= LOW * len(ink)


def _without(ink: Ink, bands: list[Mask]) -> Ink:
    """The same ink without the level lines in these bands."""
    result = ink.copy()
    for band in bands:
        _remove(result, band)
    return result


def _bands(ink: Ink) -> list[Mask]:
    """(H, W) for each line, True around it."""
    run = max(3, round(RUN * ink.shape[1]))
    slack = max(1, round(TILT * run))
    spread = scipy.ndimage.maximum_filter1d(ink, 2 * slack + 1, axis=0)
    labels, _ = scipy.ndimage.label(scipy.ndimage.grey_opening(spread, size=(1, run)) >= FAINT)
    return [
        labels == number
        for number, (_, columns) in enumerate(scipy.ndimage.find_objects(labels), 1)
        if columns.stop - columns.start >= SPAN * ink.shape[1]
    ]


def _remove(ink: Ink, band: Mask) -> None:
    """Take the line in this band out of the ink."""
    rows = np.arange(ink.shape[0])[:, None]
    within = np.where(band & (ink >= FAINT), ink, 0)
    columns = np.flatnonzero(within.any(axis=0))
    if not len(columns):  # what was removed before lay in this band
        return
    middles = (within * rows).sum(axis=0)[columns] / within.sum(axis=0)[columns]
    thickness = (within >= FAINT).sum(axis=0)[columns]
    width = float(np.quantile(thickness, 0.2))
    plain = thickness <= 1 + 1.3 * width  # no stroke there
    if plain.sum() <= BEND + 1 or width > 0.08 * max(ink.shape):
        return
    course = np.polyval(np.polyfit(columns[plain], middles[plain], BEND), np.arange(ink.shape[1]))
    line = np.abs(rows - course) <= width / 2 + 1
    darkness = float(np.median(within.max(axis=0)[columns[plain]]))
    gap = int(width) + 5
    inked = np.flatnonzero(line.any(axis=1))
    if not len(inked):  # its course lies outside the picture
        return
    near = slice(max(0, inked[0] - 2 * gap), inked[-1] + 2 * gap)
    line, own = line[near], ink[near]
    crossing = _across(np.where(line, 0, own), gap)
    stroke = np.where(own > darkness + DARKER * (1 - darkness), own, 0) if darkness < 0.8 else 0
    own[line] = np.minimum(own, np.maximum(crossing, stroke))[line]


def _across(rest: Ink, gap: int) -> Ink:
    """The same ink with what connects strokes above and below a line, in the directions of `SLOPES`."""
    below = np.arange(-(gap // 2), gap // 2 + 1)
    reach = gap // 2
    result = rest
    for slope in SLOPES:
        way = np.zeros((len(below), 2 * reach + 1), bool)
        way[below + reach, np.rint(slope * below).astype(int) + reach] = True
        result = np.maximum(result, scipy.ndimage.grey_closing(rest, footprint=way))
    return result
