"""An uploaded picture with a box around what was taken for the digit, which a person can correct."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from mnist_core.common.language import _
from mnist_core.drawing import png_files
from mnist_core.drawing.pictures import Box
from mnist_core.drawing.strokes import Gray

SHOWN = 340
"""The longer side of the picture on the page, in pixels."""

HTML = """<div class="picture-box"><img draggable="false"><div class="box" role="group" tabindex="0" hidden>
<i data-corner="nw"></i><i data-corner="ne"></i><i data-corner="sw"></i><i data-corner="se"></i></div></div>"""
CSS = """
.picture-box { position: relative; width: 100%; touch-action: none; user-select: none; cursor: crosshair; }
.picture-box img { position: absolute; width: 100%; height: 100%; border-radius: var(--st-base-radius, .5rem); }
.picture-box .other { position: absolute; box-sizing: border-box; border: 1.5px dashed #1c83e1; }
.picture-box .box {
  position: absolute; box-sizing: border-box; border: 2.5px solid var(--st-primary-color, #ff4b4b); cursor: move;
}
.picture-box .box[hidden] { display: none; }
.picture-box .box i {
  position: absolute; width: 14px; height: 14px; border-radius: 50%; background: var(--st-primary-color, #ff4b4b);
}
.picture-box i[data-corner="nw"] { left: -8px; top: -8px; cursor: nwse-resize; }
.picture-box i[data-corner="ne"] { right: -8px; top: -8px; cursor: nesw-resize; }
.picture-box i[data-corner="sw"] { left: -8px; bottom: -8px; cursor: nesw-resize; }
.picture-box i[data-corner="se"] { right: -8px; bottom: -8px; cursor: nwse-resize; }
"""
_picture_box = st.components.v2.component(
    "mnist_studio_picture_box", html=HTML, css=CSS, js=Path(__file__).with_name("picture_box.js").read_text("utf-8"),
    isolate_styles=False,
)  # fmt: skip


def picture_box(gray: Gray, box: Box | None, others: Sequence[Box], *, key: str) -> None:
    """Show the picture with the box, and other marks that a click takes instead.

    Args:
        gray: (H, W).
        box: around what is taken for the digit; None if there is no ink.
        others: around what else may be digits.
        key: of this picture, for `chosen_box`.
    """
    height, width = gray.shape
    data = {
        "picture": png_files.data_url(gray),
        "width": width,
        "height": height,
        "shown": round(SHOWN * width / max(width, height)),
        "box": box and _corners(box),
        "others": [_corners(each) for each in others if each != box],
        "label": _("The picture, with a box around what is taken for the digit"),
        "help": _("Box around the digit. The arrow keys move it, with Shift they resize it."),
    }
    _picture_box(key=key, data=[data], on_box_change=lambda: None)
    st.caption(_("The box shows what is taken for the digit. Drag the box or its corners, or draw a new one."))


def polarity_switch(light_on_dark: bool, *, key: str) -> None:
    """Ask whether light counts as ink.

    Args:
        light_on_dark: whether it does so far.
        key: of this picture, for `chosen_polarity`.
    """
    st.toggle(
        _("Light digit on a dark background"), value=light_on_dark, key=f"{key}-light",
        help=_("Switch this if the program mistakes the background for the digit."),
    )  # fmt: skip


def chosen_polarity(key: str) -> bool | None:
    """Whether the person says that light is ink; None if the switch has not been shown."""
    chosen: bool | None = st.session_state.get(f"{key}-light")
    return chosen


def chosen_box(key: str, shape: tuple[int, ...]) -> Box | None:
    """The box that the person has made in a picture of this shape, (H, W); None if it was not touched."""
    state: Any = st.session_state.get(key)
    corners = state.get("box") if state else None
    if not corners:
        return None
    left, top, right, bottom = corners
    return Box(
        max(0, math.floor(left)), max(0, math.floor(top)),
        min(shape[1], math.ceil(right)), min(shape[0], math.ceil(bottom)),
    )  # fmt: skip


def _corners(box: Box) -> list[int]:
    return [box.left, box.top, box.right, box.bottom]
