"""Strokes for the templates of `handwriting`, from points and lengths in its unit: about 100 for a whole drawing."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data.handwriting import Rng, Template
from mnist_core.drawing.strokes import Points


def curve(points: Points) -> Template:
    """One smooth stroke through (P, 2) points."""
    return [(np.asarray(points, np.float64), np.zeros(len(points), np.bool_))]


def polyline(points: Points) -> Template:
    """One stroke with a corner at each of (P, 2) points."""
    return [(np.asarray(points, np.float64), np.arange(len(points)) % (len(points) - 1) > 0)]


def lines(pairs: Points) -> Template:
    """A straight stroke for each pair of ends, (S, 2, 2)."""
    return [stroke for pair in pairs for stroke in polyline(pair)]


def upright(x: Points, top: Points | float = 0.0, bottom: Points | float = 100.0) -> Points:
    """(S, 2, 2): the ends of an upright line at each of (S,) places."""
    ends = [np.stack([x, np.broadcast_to(y, x.shape)], axis=1) for y in (top, bottom)]
    return np.stack(ends, axis=1)


def directions(turns: npt.NDArray[np.floating[Any]]) -> Points:
    """(P, 2): unit vectors clockwise from the top, one for each of (P,) turns."""
    angles = 2 * np.pi * np.asarray(turns, np.float64)
    vectors: Points = np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    return vectors


def ring(x: float, y: float, radius: Points | float, *, turns: float = 1.0, start: float = 0.0) -> Points:
    """Points around (x, y), about eight a turn; `radius` is one number or (rx, ry)."""
    angles = start + np.linspace(0, 2 * np.pi * turns, max(4, round(8 * turns)) + 1)
    ring: Points = np.array([x, y]) + np.broadcast_to(radius, 2) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return ring


def circle(rng: Rng, x: float, y: float, radius: Points | float) -> Template:
    """A closed stroke, begun anywhere."""
    return curve(ring(x, y, radius, start=rng.uniform(0, 2 * np.pi)))


def shifted(template: Template, x: float, y: float) -> Template:
    """The template, moved."""
    return [(points + np.array([x, y]), corners) for points, corners in template]


def turned(template: Template, angle: float) -> Template:
    """The template rotated around the middle of its box."""
    points = np.concatenate([points for points, _ in template])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, sin], [-sin, cos]])
    return [((points - middle) @ rotation + middle, corners) for points, corners in template]
