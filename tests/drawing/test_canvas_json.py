"""The canvas' JSON → strokes."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_core.common.errors import InputError
from mnist_core.drawing.canvas_json import to_strokes
from mnist_core.drawing.strokes import Strokes
from tests.strategies import grid_strokes, json_values

KEYS = ("type", "path", "left", "top", "width", "height", "scaleX", "scaleY", "angle", "originX", "strokeWidth")


def free_hand(stroke: list[tuple[float, float]], **more: Any) -> dict[str, Any]:
    """A path as Fabric keeps it: curves whose ends are where the pen was."""
    (x, y), *rest = stroke
    return {"type": "path", "path": [["M", x, y], *(["Q", x, y, to_x, to_y] for to_x, to_y in rest)], **more}


def box(stroke: list[tuple[float, float]], pen: float) -> dict[str, float]:
    """Where Fabric says that an untouched path is: its corner lies half a pen outside its points."""
    points = np.array(stroke)
    (left, top), (width, height) = points.min(axis=0) - pen / 2, np.ptp(points, axis=0)
    return {"left": left, "top": top, "width": width, "height": height, "strokeWidth": pen}


@given(grid_strokes, st.integers(1, 40))
def test_the_pen_s_points_come_back(strokes: Strokes, pen: int) -> None:
    """In drawing order, whether Fabric says where the path lies or not."""
    assert to_strokes({"objects": [free_hand(stroke) for stroke in strokes]}) == strokes
    placed = to_strokes({"objects": [free_hand(stroke, **box(stroke, pen)) for stroke in strokes]})
    for one, other in zip(placed, strokes, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("canvas", [None, {}, {"objects": []}, {"objects": [{"type": "rect", "left": 5}]}])
def test_an_empty_canvas_has_no_strokes(canvas: dict[str, Any] | None) -> None:
    """Nor has one with other things than free-hand paths."""
    assert to_strokes(canvas) == []


@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        ({"left": 19.0}, [(20.0, 0.0), (20.0, 10.0)]),
        ({"scaleY": 3.0, "top": -3.0}, [(0.0, 0.0), (0.0, 30.0)]),
        ({"angle": 90.0, "left": 1.0}, [(0.0, 0.0), (-10.0, 0.0)]),
        ({"originX": "center", "left": 0.0}, [(0.0, 0.0), (0.0, 10.0)]),
    ],
    ids=["moved", "stretched", "turned", "centred"],
)
def test_what_the_editing_tool_did_is_applied(change: dict[str, Any], becomes: list[tuple[float, float]]) -> None:
    """To a straight stroke from (0, 0) down to (0, 10), drawn with a pen of 2."""
    stroke = [(0.0, 0.0), (0.0, 10.0)]
    placed = free_hand(stroke, **{**box(stroke, 2.0), "originX": "left", "originY": "top", **change})
    (found,) = to_strokes({"objects": [placed]})
    if change.get("angle"):
        # Fabric turns about the origin, which is the corner here: the test pins the turn, not the place.
        np.testing.assert_allclose(np.diff(found, axis=0), np.diff(becomes, axis=0), atol=1e-9)
    else:
        np.testing.assert_allclose(found, becomes, atol=1e-9)


paths = st.fixed_dictionaries(
    {"type": st.just("path")},
    optional={
        "path": st.lists(st.lists(json_values(), max_size=5), max_size=4)
        | st.just([["M", 1, 2], ["L", 30, 40]])
        | json_values(),
        **{key: st.sampled_from(["left", "center", 0, 1.5, -3, 1e308, None, "x"]) | json_values() for key in KEYS[2:]},
        "originY": json_values(),
    },
)


@given(st.fixed_dictionaries({}, optional={"objects": st.lists(paths | json_values(*KEYS)) | json_values(*KEYS)}))
@example({"objects": [{"type": "path", "path": [["M", None, 1]]}]})
@example({"objects": [{"type": "path"}]})
@example({"objects": 5})
@example({"objects": [{"type": "path", "path": [["M", 1, 2]], "left": 1e308, "top": 0, "scaleX": 1e308}]})
def test_anything_gives_strokes_or_a_sentence(canvas: dict[str, Any]) -> None:
    """Finite pairs of floats, or an InputError; nothing else is raised."""
    try:
        strokes = to_strokes(json.loads(json.dumps(canvas)))
    except InputError:
        return
    assert all(strokes)
    for stroke in strokes:
        assert np.isfinite(stroke).all()
        assert np.shape(stroke) == (len(stroke), 2)
