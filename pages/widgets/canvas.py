"""The canvas, with an undo and a clear of its own, whose drawing survives a page switch.

The component keeps what it last sent, even after Python has changed the drawing. So `Sheet` stores the last message:
only a message that differs is a new stroke. The component reports a stroke 200 ms after its end, so a quick key can
save a drawing before its last stroke has arrived. That stroke is then added to the saved drawing.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from mnist_core.drawing import canvas_json
from mnist_core.drawing.strokes import Strokes

SIDE = 340
KEY = "canvas"
"""The component's own state lies in the session under this key."""
EMPTY: dict[str, Any] = {"objects": []}


@dataclass
class Sheet:
    """The drawing of one browser session."""

    drawing: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(EMPTY))
    initial: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(EMPTY))
    seen: str = ""
    revision: int = 0
    cleared: list[Any] = field(default_factory=list)
    """What was on the canvas when it was last cleared."""
    saved_as: int | None = None
    """The id under which that was saved; None if it was only cleared."""

    @property
    def strokes(self) -> Strokes:
        return canvas_json.to_strokes(self.drawing)

    def receive(self, message: dict[str, Any] | None) -> Strokes | None:
        """Take a message of the component, which may be one that was seen already.

        Returns:
            The whole drawing, if it was saved and cleared already and this message has more strokes.
        """
        objects = (message or EMPTY).get("objects", [])
        said = json.dumps(objects)
        if said == self.seen:
            return None
        self.seen = said
        known = len(self.cleared)
        if known and objects[:known] == self.cleared:  # the browser has not cleared its canvas yet
            late = len(objects) > known and self.saved_as is not None
            return canvas_json.to_strokes(message) if late else None
        self.drawing = copy.deepcopy(message or EMPTY)
        return None

    def show_again(self) -> None:
        """Put the drawing back into a canvas that has just been mounted."""
        self._set(self.drawing["objects"])

    def undo(self) -> None:
        self._set(self.drawing["objects"][:-1])

    def clear(self, saved_as: int | None = None) -> None:
        if self.drawing["objects"]:  # else it has just been cleared, by the same press
            self.cleared, self.saved_as = self.drawing["objects"], saved_as
        self._set([])

    def _set(self, objects: list[Any]) -> None:
        # The revision makes the JSON differ, so that clearing twice reaches the canvas twice.
        self.revision += 1
        self.initial = {"objects": copy.deepcopy(objects), "revision": self.revision}
        self.drawing = copy.deepcopy(self.initial)


def sheet() -> Sheet:
    """This session's drawing."""
    found: Sheet = st.session_state.setdefault("sheet", Sheet())
    return found


def arrived(on_late_stroke: Callable[[int, Strokes], None]) -> Sheet:
    """Take what the browser has sent since the last run, before the canvas is shown again.

    Args:
        on_late_stroke: given a saved drawing's id and its strokes, when one came after it was saved and cleared.
    """
    this = sheet()
    state = st.session_state.get(KEY)
    late = this.receive(state["drawing"]["raw"]) if state else None
    if late is not None and this.saved_as is not None:
        on_late_stroke(this.saved_as, late)
    return this


def canvas(pen: int) -> None:
    """Show the canvas with the drawing on it."""
    # The package registers itself when it is imported, which works in a script run only.
    from streamlit_drawable_canvas import st_canvas

    st_canvas(
        stroke_width=pen,
        stroke_color="#ffffff",
        background_color="#000000",
        width=SIDE,
        height=SIDE,
        initial_drawing=copy.deepcopy(sheet().initial),
        key=KEY,
    )
