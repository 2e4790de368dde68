"""Strokes → ink in a picture, drawn with a pen of random width."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from mnist_core.drawing.strokes import Strokes

Rng = np.random.Generator
Light = npt.NDArray[np.float64]
"""(H, W), 0 to 1: black to white, or ground to ink."""

PEN = (0.04, 0.14)
"""The range of the pen's width, as a share of the digit's longest side; of a number, as a share of its height."""
LINE = (40.0, 120.0)
"""The range of the height of a number's digits, in pixels."""
PAPER = (0.25, 1.0)
"""The range of the paper on each side of a number, as a share of its digits' height."""


def pen(strokes: Strokes, rng: Rng, *, margin: float = 0.08, height: tuple[float, float] = (0.3, 0.8)) -> Light:
    """Draw a digit anywhere in a picture of random size; (H, W), 1 where the ink is.

    Args:
        strokes: the digit.
        margin: the least distance to the picture's edges, as a share of its shorter side.
        height: the range of the digit's longest side, as a share of the picture's shorter side.
    """
    shape = rng.integers(220, 520, 2)
    return draw(strokes, (int(shape[0]), int(shape[1])), rng, margin, height)


def pen_number(strokes: Strokes, rng: Rng) -> Light:
    """Draw a number, whose digits are one unit high, with some paper around it; (H, W), 1 where the ink is."""
    points = np.concatenate([np.asarray(stroke, float) for stroke in strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    line = rng.uniform(*LINE)
    around = line * rng.uniform(*PAPER, (2, 2))
    width, height = (np.ceil((high - low) * line + around.sum(axis=0))).astype(int).tolist()
    return _drawn(strokes, (height, width), line * rng.uniform(*PEN), line, around[0] - low * line)


def draw(strokes: Strokes, shape: tuple[int, int], rng: Rng, margin: float, height: tuple[float, float]) -> Light:
    """As `pen`, in a picture of this shape."""
    points = np.concatenate([np.asarray(stroke, float) for stroke in strokes])
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    shorter = min(shape)
    longest = rng.uniform(*height) * shorter
    scale = longest / max(float(extent.max()), 1e-9)
    size = extent * scale
    room = np.array([shape[1], shape[0]]) - size
    edge = np.minimum(margin * shorter, room / 2)
    start = edge + rng.random(2) * (room - 2 * edge)
    return _drawn(strokes, shape, longest * rng.uniform(*PEN), scale, start - low * scale)


def _drawn(strokes: Strokes, shape: tuple[int, int], width: float, scale: float, shift: npt.NDArray[Any]) -> Light:
    """Strokes, scaled and then shifted, in a picture of this shape, with a pen of this width in pixels."""
    fine = 3
    picture = Image.new("L", (shape[1] * fine, shape[0] * fine))
    draw = ImageDraw.Draw(picture)
    radius = width * fine / 2
    for stroke in strokes:
        path = [tuple((np.asarray(point) * scale + shift) * fine) for point in stroke]
        draw.line(path, fill=255, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (path[0], path[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BOX), np.float64) / 255
