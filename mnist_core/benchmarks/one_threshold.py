"""The simple way to find a digit in a picture, for comparison: one threshold, polarity by the border."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.framing import framed
from mnist_core.drawing.paper import otsu
from mnist_core.drawing.strokes import SIDE, Gray

SPECK = 0.05
"""A mark with a smaller share of the largest one's area is left out."""


def digit(gray: npt.NDArray[Any]) -> Gray:
    """(H, W) grey values → (28, 28). A 28×28 picture of light ink on a dark ground stays as it is."""
    values = gray.astype(np.float64)
    if values.min() == values.max():
        return np.zeros((SIDE, SIDE), np.uint8)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    light_on_dark = float(np.median(border)) <= (values.min() + values.max()) / 2
    if light_on_dark and gray.shape == (SIDE, SIDE):
        return np.rint(values).astype(np.uint8)
    ink = values if light_on_dark else -values
    labels, _count = scipy.ndimage.label(ink > otsu(ink), structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:]
    return framed(np.isin(labels, 1 + np.flatnonzero(areas >= SPECK * areas.max(initial=0))))
