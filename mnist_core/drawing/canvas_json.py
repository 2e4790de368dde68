"""The canvas component's JSON (Fabric.js) → strokes."""

from typing import Any

import numpy as np

from mnist_core.common.errors import InputError
from mnist_core.drawing.strokes import Strokes

ORIGIN = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


def to_strokes(canvas: dict[str, Any] | None) -> Strokes:
    """The free-hand paths of a canvas, in canvas pixels, in drawing order; [] for an empty canvas.

    A path's points are where the pen was; if the user has since moved, scaled or turned it with the canvas' own
    editing tool, Fabric keeps that beside the points, and it is applied here.

    Raises:
        InputError: a path is invalid, or has an infinite coordinate.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            strokes = [_points(each) for each in (canvas or {}).get("objects", []) if _is_free_hand(each)]
        drawn = [[(float(x), float(y)) for x, y in stroke] for stroke in strokes if len(stroke)]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError("The canvas sent an invalid path.") from None
    if not all(np.isfinite(stroke).all() for stroke in drawn):
        raise InputError("The canvas sent a path with an infinite coordinate.")
    return drawn


def _is_free_hand(each: Any) -> bool:
    return isinstance(each, dict) and str(each.get("type")).lower() == "path"


def _points(path: dict[str, Any]) -> Any:
    # ["M", x, y], ["Q", cx, cy, x, y], ["L", x, y]: each ends with where the pen was.
    points = np.array([command[-2:] for command in path["path"] if len(command) >= 3], np.float64)
    if not len(points) or "left" not in path:
        return points
    width, height = path.get("width", 0.0), path.get("height", 0.0)
    scale = np.array([path.get("scaleX", 1.0), path.get("scaleY", 1.0)])
    origin = np.array([ORIGIN[path.get("originX", "left")], ORIGIN[path.get("originY", "top")]])
    pen = path.get("strokeWidth", 0.0)
    centre = np.array([path["left"], path["top"]]) + (0.5 - origin) * (np.array([width, height]) + pen) * scale
    angle = np.deg2rad(path.get("angle", 0.0))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    drawn_centre = (points.min(axis=0) + points.max(axis=0)) / 2
    return (points - drawn_centre) * scale @ turn.T + centre
