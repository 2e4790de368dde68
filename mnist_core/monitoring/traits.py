"""A 28×28 image → a few figures of its style, such as how thick its lines are and how much they slant."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.language import N_

Figures = npt.NDArray[np.float64]

TRAITS = ("ink", "thickness", "width", "height", "slant", "balance")
"""The columns of what `traits` returns."""

NAMES = {
    "ink": N_("Ink"),
    "thickness": N_("Line thickness"),
    "width": N_("Width"),
    "height": N_("Height"),
    "slant": N_("Slant"),
    "balance": N_("Centre of gravity"),
    "score": N_("Digit score"),
    "probability": N_("Probability"),
}
"""A figure that is watched for drift → its name."""

WATCHED = tuple(NAMES)


def traits(images: npt.NDArray[np.uint8]) -> Figures:
    """(N, 28, 28) uint8 → (N, 6).

    `ink` is the mean, 0 to 1. `thickness`, `width` and `height` are in pixels. `slant` is in degrees, positive to the
    right. `balance` is the height of the centre of mass in the box of the ink, 0 (bottom) to 1 (top). An empty image
    has zeros.
    """
    ink = images.astype(np.float32) / 255
    area = ink.sum(axis=(1, 2))
    rows, columns = np.arange(ink.shape[1]), np.arange(ink.shape[2])
    down, across = ink.sum(axis=2), ink.sum(axis=1)  # (N, rows), (N, columns)
    whole = np.maximum(area, 1e-6)
    y, x = down @ rows / whole, across @ columns / whole
    vertical = (down @ rows**2) / whole - y**2
    shared = (ink @ columns * rows).sum(axis=1) / whole - x * y
    top, height = _extent(down)
    width = _extent(across)[1]
    # A line of length L has two edges, over which the grey values rise and fall by 1: 2 L in all.
    edges = np.abs(np.diff(ink, axis=1)).sum(axis=(1, 2)) + np.abs(np.diff(ink, axis=2)).sum(axis=(1, 2))
    figures = [
        ink.mean(axis=(1, 2)),
        2 * area / np.maximum(edges, 1e-6),
        width,
        height,
        -np.degrees(np.arctan2(shared, np.maximum(vertical, 1e-6))),
        1 - (y - top + 0.5) / np.maximum(height, 1),
    ]
    return np.where(area[:, None] > 0, np.stack(figures, axis=1), 0.0).astype(np.float64)


def _extent(profile: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """(N, L) → the first place with ink, and how many places from there to the last."""
    inked = profile > 0
    first, last = inked.argmax(axis=1), profile.shape[1] - 1 - inked[:, ::-1].argmax(axis=1)
    return first, np.where(inked.any(axis=1), last - first + 1, 0)
