"""The canvas, with an undo and a clear of its own, whose drawing survives a page switch.

The component keeps what it last sent, also after Python has changed the drawing under it. So `Sheet` remembers
which message it has seen: only a message that differs is a new stroke.
"""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from mnist_core import fabric
from mnist_core.strokes import Strokes

SIDE = 340
EMPTY: dict[str, Any] = {"objects": []}


@dataclass
class Sheet:
    """The drawing of one browser session."""

    drawing: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(EMPTY))
    initial: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(EMPTY))
    seen: str = ""
    revision: int = 0

    @property
    def strokes(self) -> Strokes:
        return fabric.to_strokes(self.drawing)

    def receive(self, message: dict[str, Any] | None) -> None:
        """Take what the component says; it may be old news."""
        said = json.dumps((message or EMPTY).get("objects", []))
        if said != self.seen:
            self.seen = said
            if json.loads(said) != self.initial["objects"]:
                self.drawing = copy.deepcopy(message or EMPTY)

    def show_again(self) -> None:
        """Put the drawing back into a canvas that has just been mounted."""
        self._set(self.drawing["objects"])

    def undo(self) -> None:
        self._set(self.drawing["objects"][:-1])

    def clear(self) -> None:
        self._set([])

    def _set(self, objects: list[Any]) -> None:
        # The revision makes the JSON differ, so that clearing twice reaches the canvas twice.
        self.revision += 1
        self.initial = {"objects": copy.deepcopy(objects), "revision": self.revision}
        self.drawing = copy.deepcopy(self.initial)


def sheet() -> Sheet:
    """This session's drawing."""
    return st.session_state.setdefault("sheet", Sheet())


def canvas(pen: int) -> Sheet:
    """Show the canvas and return the drawing as it is now."""
    # The package registers itself when it is imported, which works in a script run only.
    from streamlit_drawable_canvas import st_canvas

    this = sheet()
    result = st_canvas(
        stroke_width=pen,
        stroke_color="#ffffff",
        background_color="#000000",
        width=SIDE,
        height=SIDE,
        initial_drawing=copy.deepcopy(this.initial),
        key="canvas",
    )
    this.receive(result.json_data)
    return this
