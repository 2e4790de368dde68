"""The ten labels: one press says what was drawn, saves it and clears the field."""

import time

import streamlit as st

from mnist_core.collection.drawings import Drawing
from mnist_core.common.text import a
from mnist_core.drawing.strokes import Gray, Strokes
from mnist_core.models.registry import Model
from pages.studio import predictor, studio
from pages.widgets import quiz
from pages.widgets.canvas import sheet
from pages.widgets.guarded import once

HASTE_S = 1.0
"""A key that is pressed before its stroke has arrived waits this long for it."""
DOUBLE_PRESS_S = 0.6
"""A press this soon after a save is the same press once more."""


def labels(read: int | None) -> None:
    """Ten buttons and the keys 0–9.

    Args:
        read: the digit that the network reads; None where nothing is drawn.
    """
    st.markdown("**What did you draw?** One press, or the key on your keyboard, saves it and clears the field.")
    with st.container(horizontal=True, key="labels"):
        for label in range(10):
            st.button(
                f"{label}" if label != read else f"{label} ✓", key=f"label-{label}", shortcut=str(label),
                type="primary" if label == read else "secondary", width=84, on_click=press, args=(label,),
                help="Right: this is what the network read." if label == read else None,
            )  # fmt: skip
    if "pressed" in st.session_state and read is None:
        st.caption(":material/draw: There is nothing to save yet: first the digit, then what it is.")
    if saved := st.session_state.get("saved"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(saved["text"], width="content")
            st.button("Take it back", icon=":material/undo:", on_click=once(_take_back), type="tertiary")


def press(label: int) -> None:
    """Remember the key: the stroke that it labels may still be on its way."""
    if time.monotonic() - st.session_state.get("saved", {}).get("at", -1.0) < DOUBLE_PRESS_S:
        return
    st.session_state["pressed"] = {"label": label, "at": time.monotonic()}


def save_pressed(drawing: Strokes | None, image: Gray | None, model: Model) -> bool:
    """Save what is there under the label that was pressed; say whether there was something to save."""
    pressed = st.session_state.get("pressed")
    if pressed and time.monotonic() - pressed["at"] > HASTE_S:
        del st.session_state["pressed"]
        return False
    if not pressed or image is None or not image.any():
        return False
    label = st.session_state.pop("pressed")["label"]
    reading = predictor(model).predict(image)
    bitmap = image if drawing is None else None
    new = Drawing(label, drawing, bitmap, reading.digit, reading.probability, model.id)
    verdict = "It had read it right." if label == reading.digit else f"It had read {a(reading.digit)}."
    text = f":green[:material/check:] Saved as **{a(label)}**. {verdict}"
    ids = studio().drawings.add([new])
    st.session_state["saved"] = {"ids": ids, "text": text, "at": time.monotonic()}
    quiz.saved(ids[0], label, reading.digit)
    if drawing is not None:
        sheet().clear(saved_as=ids[0])
    ask_for_another_picture()
    return True


def ask_for_another_picture() -> None:
    """The upload or the camera comes back as a new, empty field."""
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1


def _take_back() -> None:
    ids = st.session_state.pop("saved")["ids"]
    studio().drawings.delete(ids)
    quiz.taken_back(ids)
