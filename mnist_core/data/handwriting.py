"""Handwriting: templates of strokes, drawn each time with a hand's inaccuracies.

A template is text: points `x,y` in drawing order, y down, about 100 high. `;` lifts the pen, `!` marks a corner. The
path is smooth everywhere else.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.drawing.strokes import Points, Strokes

Rng = np.random.Generator

WIDTHS = (1.6, 3.2)
"""Pixels; MNIST's strokes are mostly 2 to 3 wide, drawings are rasterised at `strokes.STROKE_WIDTH`."""

Template = list[tuple[Points, npt.NDArray[np.bool_]]]
"""For each stroke: (P, 2) points, and (P,) whether each is a corner."""


def template(text: str) -> Template:
    """Read a template from its text."""
    words = [stroke.split() for stroke in text.split(";")]
    return [
        (
            np.array([[float(number) for number in word.rstrip("!").split(",")] for word in stroke]),
            np.array([word.endswith("!") for word in stroke]),
        )
        for stroke in words
    ]


def by_hand(strokes: Template, rng: Rng, *, slant: tuple[float, float] = (0.2, 0.25)) -> Strokes:
    """Draw a template once, with inaccuracies drawn from `rng`.

    Args:
        strokes: at least two points a stroke, none twice in a row.
        slant: mean and standard deviation of x per height; most hands lean to the right when they write.
    """
    haste = int(rng.integers(4))
    paths = [_path(points, corners, haste, rng) for points, corners in strokes]
    lengths = np.cumsum([len(path) for path in paths])[:-1]
    drawn = _varied(np.concatenate(paths), rng, slant)
    return [[(x, y) for x, y in path.tolist()] for path in np.split(drawn, lengths)]


@cache
def _spline(count: int) -> Points:
    """(Q, count): the weight of each of `count` control points along the smooth curve through all of them."""
    places = np.linspace(0, count - 1, 5 * (count - 1) + 1)
    weights: Points = scipy.interpolate.CubicSpline(np.arange(count), np.eye(count), bc_type="natural")(places)
    return weights


def _path(points: Points, corners: npt.NDArray[np.bool_], haste: int, rng: Rng) -> Points:
    """Control points → (Q, 2), a path that misses them a little. It is smooth except at corners, which haste rounds."""
    points = points + rng.normal(0, 2.2, points.shape) + rng.normal(0, 3.0, 2)
    # People start and stop at different places than the template does.
    for end, inner in ((0, 1), (-1, -2)):
        outward = points[end] - points[inner]
        points[end] += rng.normal(0, 5.0) * outward / np.hypot(*outward)
    cuts = [0, *np.flatnonzero(corners), len(points) - 1]
    path = np.concatenate([_spline(last + 1 - first) @ points[first : last + 1] for first, last in pairwise(cuts)])
    for _ in range(haste):
        path[1:-1] = path[:-2] / 4 + path[1:-1] / 2 + path[2:] / 4
    return path


def _varied(points: Points, rng: Rng, slant: tuple[float, float]) -> Points:
    """Vary a whole drawing, (Q, 2), as handwriting does: the size of its parts, bends, aspect, slant and rotation."""
    x, y = points[:, 0] / 100 - 0.35, points[:, 1] / 100 - 0.5
    y = y + rng.uniform(-0.6, 0.6) * (0.25 - y**2)  # large above and small below, or vice versa
    x = x * np.exp(rng.normal(0, 0.3) * y)  # wide above and narrow below, or vice versa
    x, y = x + _wave(y, rng), y + _wave(x, rng)
    x = x * np.exp(rng.normal(0, 0.2)) - rng.normal(*slant) * y
    angle = rng.normal(0, 0.1)
    return 100 * np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1)


def _wave(along: Points, rng: Rng) -> Points:
    """A gentle bend, less than one wave long: no hand draws a straight line."""
    bend: Points = rng.normal(0, 0.03) * np.sin(5 * along + rng.uniform(0, 2 * np.pi))
    return bend
