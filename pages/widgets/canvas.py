"""The canvas: a field to draw on, and the sheet on which its strokes are kept while the person visits other pages.

The browser sends an ordered list of marks: strokes, and presses of keys and buttons. So a press concerns the strokes
that had been drawn by then, whenever the message arrives and however many marks it brings (`canvas.js`).
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.language import N_, _, sentences
from mnist_core.drawing import strokes

SIDE = 340
"""The side of the square field, in its own pixels; the page shows it as large as there is room."""
WIDE = 720
"""The width of the field for numbers. It is as high as the square one."""
SMALLEST = 0.06 * SIDE
"""A smaller mark is an accidental click, not a digit."""
LABEL, LABEL_WIDE = N_("Field to draw a digit on."), N_("Field to draw a number on.")
BY_KEYS = N_("The arrow keys move the pen, Space lowers and lifts it.")
"""What a screen reader says."""
KEY = "canvas"
"""The component's own state lies in the session under this key."""

HTML = '<canvas class="upper-canvas" role="application" tabindex="0"></canvas>'
CSS = """
.upper-canvas {
  display: block; width: 100%; aspect-ratio: 1; margin-inline: auto; border-radius: var(--st-base-radius, .5rem);
  outline: 1px solid var(--st-border-color, rgba(128,128,128,.3)); cursor: crosshair; touch-action: none;
  user-select: none; -webkit-user-select: none;
}
.upper-canvas:focus-visible { outline: 3px solid var(--st-primary-color, #4f46e5); outline-offset: 2px; }
.upper-canvas.wide { aspect-ratio: 36 / 17; }
"""
_field = st.components.v2.component(
    "mnist_studio_canvas", html=HTML, css=CSS, js=Path(__file__).with_name("canvas.js").read_text("utf-8"),
    isolate_styles=False,
)  # fmt: skip


@dataclass(frozen=True)
class Press:
    """A key or a button that was pressed."""

    meaning: Any
    """What the page had given for it."""
    strokes: tuple[str, ...]
    """The ids of the strokes that had been drawn by then."""


@dataclass(frozen=True)
class Frame:
    """A box on the field around one digit of a number."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    marked: bool
    """Whether a label is for this digit."""


@dataclass
class Sheet:
    """What one browser session has drawn and has not saved or cleared."""

    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The strokes by their id, in drawing order, as the browser sent them."""
    presses: list[Press] = field(default_factory=list)
    """What the app has not acted on, in the order in which it was pressed."""
    gone: set[str] = field(default_factory=set)
    """The marks that the app has dealt with and that the browser may still show or send."""

    def receive(self, marks: list[dict[str, Any]]) -> None:
        """Take the browser's last message. The sheet may know some or all of its marks.

        Raises:
            InputError: a stroke is not a list of points; the sheet leaves it out and raises once.
        """
        self.gone &= {mark["id"] for mark in marks}
        before: list[str] = []
        for mark in marks:
            if mark["id"] in self.gone:
                continue
            if mark["id"] in self.marks:
                before.append(mark["id"])
            elif "press" in mark:
                self.gone.add(mark["id"])
                self.presses.append(Press(mark["press"], tuple(before)))
            else:
                self.gone.add(mark["id"])
                (points,) = strokes.parse([mark["points"]])
                self.gone.remove(mark["id"])
                self.marks[mark["id"]] = {**mark, "points": points}
                before.append(mark["id"])

    @property
    def drawing(self) -> Drawing | None:
        """All strokes on the sheet; None if there are none, or if they are too small for a digit."""
        return self.drawing_of(self.marks)

    @property
    def beyond(self) -> bool:
        """Whether a stroke lies outside the square field."""
        return any(x > SIDE for mark in self.marks.values() for x, _y in mark["points"])

    def drawing_of(self, among: Collection[str]) -> Drawing | None:
        """The strokes with these ids that still lie on the sheet; None as for `drawing`."""
        drawn = [mark["points"] for each, mark in self.marks.items() if each in among]
        return Drawing(None, drawn) if strokes.extent(drawn) >= SMALLEST else None

    def remove(self, among: Collection[str]) -> None:
        """Take the strokes with these ids off the sheet."""
        for each in [*among]:
            if self.marks.pop(each, None) is not None:
                self.gone.add(each)

    def put_back(self, before: Mapping[str, dict[str, Any]]) -> bool:
        """Lay the strokes on the sheet that were on it before some were taken off; tell whether nothing prevents it.

        They get new ids, because the browser leaves out those that are gone. New strokes since then prevent it: they
        are another drawing.
        """
        if not self.marks.keys() <= before.keys():
            return False
        ids = {each: each if each in self.marks else secrets.token_hex(8) for each in before}
        self.marks = {ids[each]: {**mark, "id": ids[each]} for each, mark in before.items()}
        return True

    def undo(self, among: Collection[str]) -> None:
        """Take the last of the strokes with these ids off the sheet."""
        self.remove([each for each in self.marks if each in among][-1:])


def sheet() -> Sheet:
    """This session's sheet, with the marks that the browser has sent."""
    found: Sheet = st.session_state.setdefault("sheet", Sheet())
    if state := st.session_state.get(KEY):
        found.receive(state.get("marks") or [])
    return found


def canvas(
    this: Sheet,
    pen: int,
    keys: Mapping[str, Any],
    buttons: Mapping[str, Any],
    *,
    wide: bool = False,
    frames: Sequence[Frame] = (),
    inviting: bool = False,
) -> None:
    """Show the field with the sheet's drawing on it.

    The field turns these keys and buttons into a `Press` and hides the event from the rest of the page.

    Args:
        pen: the width of new strokes, in pixels.
        keys: what each key means, by its name in a browser.
        buttons: what each button on the page means, by the key that Streamlit was given for it.
        wide: whether the field is for numbers.
        frames: around the digits of the number that the sheet shows.
        inviting: whether an empty field shows a faint digit, which is no part of a drawing.
    """
    data = {
        "width": WIDE if wide else SIDE,
        "height": SIDE,
        "boxes": [{"box": [*each.box], "marked": each.marked} for each in frames],
        "label": sentences([_(LABEL_WIDE if wide else LABEL), _(BY_KEYS)]),
        "pen": pen,
        "ghost": ("20" if wide else "2") if inviting else "",
        "keys": dict(keys),
        "buttons": dict(buttons),
        "strokes": [*this.marks.values()],
        "gone": sorted(this.gone),
    }
    # In a list, because Streamlit would look for data frames in a dictionary, for which it imports pandas and PyArrow.
    _field(key=KEY, data=[data], default={"marks": []}, on_marks_change=lambda: None)
