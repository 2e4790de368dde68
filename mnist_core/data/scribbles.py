"""Lines that go anywhere, by lot: each function returns a template that differs every time."""

from collections.abc import Callable

import numpy as np

from mnist_core.data.geometry import curve, lines, polyline, ring, turned
from mnist_core.data.handwriting import Rng, Template
from mnist_core.drawing.strokes import Points


def line_across(rng: Rng) -> Template:
    """A nearly horizontal line, sometimes drawn back again; never an upright one, which would be a one."""
    wide, slope = rng.uniform(90, 200), rng.uniform(-0.45, 0.45)
    points = np.array([[0, 50], [wide, 50 + slope * wide]])
    if rng.random() < 0.2:
        back = np.array([[-10, 50 + rng.uniform(3, 12)]])
        return polyline(np.concatenate([points, back]))
    return polyline(points)


def zigzag(rng: Rng) -> Template:
    """Teeth from left to right; many teeth may also go down, where few would be a 3."""
    count = int(rng.integers(5, 13))
    x, y = np.linspace(0, rng.uniform(90, 160), count), 50 + rng.uniform(7, 45) * _to_and_fro(count)
    teeth = np.stack([x, y], axis=1)
    points = teeth + rng.normal(0, rng.uniform(0, 6), teeth.shape)
    angle = rng.uniform(-0.7, 0.7) if rng.random() < 0.4 else 0.0
    return turned(polyline(points), np.pi / 2 if count >= 8 and rng.random() < 0.3 else angle)


def _to_and_fro(count: int) -> Points:
    """1, -1, 1, … of this length."""
    signs: Points = np.where(np.arange(count) % 2, -1.0, 1.0)
    return signs


def waves(rng: Rng) -> Template:
    """One to three wavy lines above each other."""
    count, height = int(rng.integers(6, 14)), rng.uniform(3, 15)
    row = np.stack([np.linspace(0, 120, count), height * _to_and_fro(count)], axis=1)
    return [stroke for i in range(rng.integers(1, 4)) for stroke in curve(row + np.array([0, 20 + 30 * i]))]


def loops(rng: Rng) -> Template:
    """Loops in a row, like "eeee" or a spring, or arches, like "mmmm"."""
    turns = int(rng.integers(3, 8))
    if rng.random() < 0.5:
        angles = np.linspace(0, 2 * np.pi * turns, 7 * turns + 1)
        radius, step = rng.uniform(14, 40), rng.uniform(3.5, 7)
        return curve(np.stack([step * angles + 0.6 * radius * np.sin(angles), 50 - radius * np.cos(angles)], axis=1))
    arch = np.array([[0, 90], [3, 55], [14, 40], [25, 55]])
    points = np.concatenate([*(arch + np.array([28 * i, 0]) for i in range(turns)), [[28 * turns, 92]]])
    corners = np.arange(len(points)) % 4 == 0
    corners[[0, -1]] = False
    return [(points, corners)]


def spiral(rng: Rng) -> Template:
    """Two and a half to five turns, to the left or the right, round or square."""
    turns = rng.uniform(2.5, 5)
    corners = rng.random() < 0.25
    angles = np.arange(0, 2 * np.pi * turns, np.pi / (2 if corners else 4)) + rng.uniform(0, 6.3)
    radius = np.linspace(3, 50, len(angles)) ** rng.uniform(0.9, 1.1)
    points = 50 + radius[:, None] * np.stack([np.cos(angles), rng.choice([-1, 1]) * np.sin(angles)], axis=1)
    points = points[:: rng.choice([-1, 1])]
    return polyline(points) if corners else curve(points)


def dots(rng: Rng) -> Template:
    """Three to fourteen dots, in a row or anywhere."""
    count = int(rng.integers(3, 15))
    places = rng.uniform(0, 100, (count, 2))
    if count < 6:
        places = np.stack([30.0 * np.arange(count), np.full(count, 50.0)], axis=1)
    return lines(np.stack([places, places + rng.uniform(1, 4, (count, 2))], axis=1))


def dashes(rng: Rng) -> Template:
    """Many short strokes in all directions."""
    places = rng.uniform(0, 100, (int(rng.integers(6, 20)), 2))
    return lines(np.stack([places, places + rng.uniform(-24, 24, places.shape)], axis=1))


def hatching(rng: Rng) -> Template:
    """The pen goes back and forth over a surface, loosely or until it is nearly black."""
    count = int(rng.integers(8, 26))
    along = np.linspace(0, 100, count)
    edge = np.where(np.arange(count) % 2, 100.0, 0.0) + rng.normal(0, 10, count)
    points = np.stack([edge * rng.uniform(0.6, 1.3), along], axis=1)
    drawn = polyline(points) if rng.random() < 0.5 else curve(points)
    return turned(drawn, rng.uniform(0, 2 * np.pi))


def scrawl(rng: Rng) -> Template:
    """One smooth line that wanders over the paper."""
    points = rng.normal(50, 30, (int(rng.integers(12, 36)), 2))
    return curve(points * [rng.uniform(0.6, 1.6), 1])


def knot(rng: Rng) -> Template:
    """Round and round, as if to try a pen, too unsteadily for a zero."""
    points = ring(50, 50, rng.uniform(20, 50, 2), turns=int(rng.integers(3, 8)))
    return curve(points + rng.normal(0, rng.uniform(12, 20), points.shape))


def corners(rng: Rng) -> Template:
    """A line with six to ten corners anywhere, sometimes closed."""
    points = rng.uniform(0, 100, (int(rng.integers(6, 11)), 2))
    return polyline(np.concatenate([points, points[:1]]) if rng.random() < 0.4 else points)


def arcs(rng: Rng) -> Template:
    """Four to eight bends in all directions."""
    drawn: Template = []
    for _ in range(rng.integers(4, 9)):
        x, y = rng.uniform(0, 100, 2)
        drawn += curve(ring(x, y, rng.uniform(10, 40, 2), turns=rng.uniform(0.25, 0.6), start=rng.uniform(0, 6.3)))
    return drawn


def arch(rng: Rng) -> Template:
    """A wide bend that lies on its back or its belly."""
    x = np.linspace(0, rng.uniform(100, 180), 5)
    y = 50 + rng.uniform(12, 36) * rng.choice([-1, 1]) * np.array([1, -0.5, -1, -0.5, 1])
    return curve(np.stack([x, y], axis=1))


def blot(rng: Rng) -> Template:
    """A round patch that the pen has filled from side to side."""
    count = int(rng.integers(12, 24))
    height = np.linspace(-0.98, 0.98, count)
    x = np.sqrt(1 - height**2) * _to_and_fro(count) + rng.normal(0, 0.08, count)
    size = rng.uniform(30, 60, 2)
    return turned(curve(50 + size * np.stack([x, height], axis=1)), rng.uniform(0, 2 * np.pi))


def jumble(rng: Rng) -> Template:
    """Four to eight lines, corners, bends and circles across each other."""
    drawn: Template = []
    for shape in rng.integers(0, 4, rng.integers(4, 9)).tolist():
        x, y = rng.uniform(10, 90, 2)
        if shape == 0:
            drawn += polyline(rng.uniform(0, 100, (2, 2)))
        elif shape == 1:
            drawn += polyline(np.array([x, y]) + rng.uniform(-40, 40, (3, 2)))
        else:
            turns = rng.uniform(0.3, 0.7) if shape == 2 else 1.0
            drawn += curve(ring(x, y, rng.uniform(8, 36, 2), turns=turns, start=rng.uniform(0, 6.3)))
    return drawn


def signature(rng: Rng) -> Template:
    """A large first letter, a quick line that gets smaller, and perhaps a flourish below."""
    count = int(rng.integers(14, 30))
    x = np.cumsum(np.abs(rng.normal(6, 4, count)) - 1.5)
    height = np.linspace(rng.uniform(30, 60), rng.uniform(4, 14), count)
    y = 50 + height * _to_and_fro(count) * rng.uniform(0.2, 1, count)
    flourish = curve(np.array([[x[-1], 70], [20, 86], [-10, 96], [x[-1] + 20, 84]])) if rng.random() < 0.4 else []
    return curve(np.stack([x, y], axis=1)) + flourish


SCRIBBLES: dict[str, Callable[[Rng], Template]] = {
    "line-across": line_across,
    "zigzag": zigzag,
    "waves": waves,
    "loops": loops,
    "spiral": spiral,
    "dots": dots,
    "dashes": dashes,
    "hatching": hatching,
    "scrawl": scrawl,
    "knot": knot,
    "corners": corners,
    "arcs": arcs,
    "arch": arch,
    "blot": blot,
    "jumble": jumble,
    "signature": signature,
}
"""By name."""
