"""Ruled lines, squares, boxes and frames: what runs across a picture from edge to edge is no digit."""

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.paper import Ink

Mask = npt.NDArray[np.bool_]

RUN = 0.2
"""The least straight run of a line, as a share of the picture's side."""
SPAN = 0.9
"""A line spans at least this share of the picture's side."""
TILT = 0.04
"""The largest slope of a line."""


def without_lines(ink: Ink) -> Ink:
    """The same ink without lines along the picture's sides; where a stroke crosses a line, it stays."""
    result = ink.copy()
    for axis in (0, 1):
        turned = ink if axis == 0 else ink.T
        line = _across(turned)
        if line.any():
            kept = _kept(turned, line)
            own = result if axis == 0 else result.T
            own[line] = np.minimum(own[line], kept[line])
    return result


def _across(ink: Ink) -> Mask:
    """Where lines from the left to the right edge are."""
    width = ink.shape[1]
    run = max(3, round(RUN * width))
    slack = max(1, round(TILT * run))
    spread = scipy.ndimage.maximum_filter1d(ink, 2 * slack + 1, axis=0)
    runs = scipy.ndimage.grey_opening(spread, size=(1, run)) >= 0.5
    labels, _ = scipy.ndimage.label(runs)
    line = np.zeros(ink.shape, bool)
    for number, (rows, columns) in enumerate(scipy.ndimage.find_objects(labels), 1):
        if columns.stop - columns.start >= SPAN * width:
            line[rows, columns] |= labels[rows, columns] == number
    return line


def _kept(ink: Ink, line: Mask) -> Ink:
    """Ink on the lines that goes on above and below them."""
    rest = np.where(line, 0, ink)
    thickness = int(np.median(line.sum(axis=0)))
    gap = min(ink.shape[0], thickness + 3)
    return np.asarray(scipy.ndimage.grey_closing(rest, size=(gap, 1)))
