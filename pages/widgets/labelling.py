"""The ten labels: one press labels the drawing, saves it and clears the field."""

import time
from dataclasses import replace

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.text import a
from mnist_core.models.registry import Model
from pages.studio import predictor, studio
from pages.widgets import quiz
from pages.widgets.canvas import sheet
from pages.widgets.guarded import once

HASTE_S = 1.0
"""How long a pressed key waits for a stroke that has not arrived yet."""
DOUBLE_PRESS_S = 0.6
"""A press this soon after a save is a repetition of the same press."""


def labels(predicted: int | None) -> None:
    """Ten buttons and the keys 0–9.

    Args:
        predicted: the digit that the model predicts; None where nothing is drawn.
    """
    st.markdown("**What did you draw?** Press a label, or its key, to save the drawing and clear the field.")
    with st.container(horizontal=True, key="labels"):
        for label in range(10):
            st.button(
                f"{label}" if label != predicted else f"{label} ✓", key=f"label-{label}", shortcut=str(label),
                type="primary" if label == predicted else "secondary", width=84, on_click=press, args=(label,),
                help="Confirm the prediction." if label == predicted else None,
            )  # fmt: skip
    if "pressed" in st.session_state and predicted is None:
        st.caption(":material/draw: There is nothing to save yet. Draw a digit first, then pick its label.")
    if saved := st.session_state.get("saved"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(saved["text"], width="content")
            st.button("Undo save", icon=":material/undo:", on_click=once(_undo_save), type="tertiary")


def press(label: int) -> None:
    """Store the label: the stroke that it belongs to may still be on its way."""
    if time.monotonic() - st.session_state.get("saved", {}).get("at", -1.0) < DOUBLE_PRESS_S:
        return
    st.session_state["pressed"] = {"label": label, "at": time.monotonic()}


def save_pressed(drawing: Drawing | None, model: Model) -> bool:
    """Save the drawing under the label that was pressed; return whether there was something to save."""
    pressed = st.session_state.get("pressed")
    if pressed and time.monotonic() - pressed["at"] > HASTE_S:
        del st.session_state["pressed"]
        return False
    if not pressed or drawing is None or not drawing.image.any():
        return False
    label = st.session_state.pop("pressed")["label"]
    found = predictor(model).predict(drawing.image)
    new = replace(drawing, label=label, prediction=found.digit, probability=found.probability, model_id=model.id)
    verdict = "The prediction was correct." if label == found.digit else f"The prediction was {a(found.digit)}."
    text = f":green[:material/check:] Saved as **{a(label)}**. {verdict}"
    ids = studio().drawings.add([new])
    st.session_state["saved"] = {"ids": ids, "text": text, "at": time.monotonic()}
    quiz.saved(ids[0], label, found.digit)
    if drawing.strokes is not None:
        sheet().clear(saved_as=ids[0])
    ask_for_another_picture()
    return True


def ask_for_another_picture() -> None:
    """Replace the upload or the camera by a new, empty field."""
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1


def _undo_save() -> None:
    ids = st.session_state.pop("saved")["ids"]
    studio().drawings.delete(ids)
    quiz.undone(ids)
