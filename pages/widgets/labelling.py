"""What becomes of a drawing: a label saves it, Clear puts it into the review queue. Either takes it off the sheet.

A drawing that cannot be saved stays on the sheet.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import streamlit as st

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.quiz import Quiz
from mnist_core.common.errors import StudioError
from mnist_core.common.text import a
from pages.studio import Studio, predictor, studio
from pages.widgets import quiz
from pages.widgets.canvas import Sheet, sheet
from pages.widgets.guarded import once, show_error

CLEAR, UNDO = "clear", "undo"
"""What a press may mean beside a label."""


@dataclass
class Outcome:
    """What the last press of a label has led to."""

    saved: list[int] = field(default_factory=list)
    """The ids of the drawings that were saved."""
    text: str = ""
    nothing_drawn: bool = False
    error: StudioError | None = None


@dataclass
class Desk:
    """What a press needs of the session, taken from it beforehand.

    Whenever a script looks at the session, Streamlit may end it for a newer run. That must not happen between the
    saving of a drawing and its removal from the sheet, or the newer run would save it again.
    """

    here: Studio
    sheet: Sheet
    outcome: Outcome
    quiz: Quiz | None

    def act_on_presses(self) -> None:
        """Do what was pressed; each press concerns the strokes that had been drawn by then."""
        while self.sheet.presses:
            pressed = self.sheet.presses.pop(0)
            self.act_on(pressed.meaning, pressed.strokes)

    def act_on(self, meaning: int | str, among: Collection[str]) -> None:
        """Clear, undo or label these strokes."""
        if meaning == CLEAR:
            self.clear(among)
        elif meaning == UNDO:
            self.sheet.undo(among)
        else:
            self.save_strokes(among, int(meaning))

    def save_strokes(self, among: Collection[str], label: int) -> None:
        """Save what these strokes of the sheet draw, and take them off it."""
        among = [*among]
        self.save(self.sheet.drawing_of(among), label, lambda: self.sheet.remove(among))

    def save(self, drawing: Drawing | None, label: int, take_away: Callable[[], None]) -> None:
        """Save a drawing and take it away; without a drawing, or where it cannot be saved, say so."""
        last = self.outcome
        last.error, last.nothing_drawn = None, drawing is None or not drawing.image.any()
        if drawing is None or last.nothing_drawn:
            return
        try:
            model = self.here.registry.active()
            found = predictor(model).predict(drawing.image)
            new = replace(
                drawing, label=label, prediction=found.digit, probability=found.probability, model_id=model.id
            )
            last.saved = self.here.drawings.add([new])
        except StudioError as error:
            last.error = error
            return
        take_away()
        verdict = "The prediction was correct." if label == found.digit else f"The prediction was {a(found.digit)}."
        last.text = f":green[:material/check:] Saved as **{a(label)}**. {verdict}"
        if self.quiz is not None:
            quiz.count(self.quiz, self.here, last.saved[0], label, found.digit)

    def clear(self, among: Collection[str]) -> None:
        """Take these strokes off the sheet; what they draw goes into the review queue."""
        among = [*among]
        drawing = self.sheet.drawing_of(among)
        self.sheet.remove(among)
        if drawing is not None:
            model = self.here.registry.active()
            self.here.review_queue.add(review_queue.predicted([drawing], predictor(model), model.id))


def desk() -> Desk:
    """This session's, with what the browser has sent by now."""
    outcome = st.session_state.setdefault("labelling.outcome", Outcome())
    return Desk(studio(), sheet(), outcome, quiz.under_way())


def press(meaning: int | str) -> None:
    """A button's callback: label, clear or undo what is drawn; label or clear the picture.

    Where there is a canvas it hears of the button first, and the callback is not called.
    """
    this = desk()
    if drawing_is_the_source():
        this.act_on_presses()
        this.act_on(meaning, this.sheet.marks)
    elif meaning == CLEAR:
        ask_for_another_picture()
    else:
        this.save(st.session_state.get("picture"), int(meaning), ask_for_another_picture)


def clear() -> None:
    """Empty the field, or ask for another picture."""
    press(CLEAR)


def keys_and_buttons() -> tuple[dict[str, int | str], dict[str, int | str]]:
    """What the canvas listens for, and what each key and each button means."""
    keys: dict[str, int | str] = {"Escape": CLEAR, **{str(label): label for label in range(10)}}
    buttons: dict[str, int | str] = {CLEAR: CLEAR, UNDO: UNDO, **{f"label-{label}": label for label in range(10)}}
    if (asked := quiz.asked_for()) is not None:
        keys["Enter"] = buttons[quiz.DRAWN] = asked
    return keys, buttons


def drawing_is_the_source() -> bool:
    """Not an uploaded or photographed picture."""
    return (st.session_state.get("source") or "Draw") == "Draw"


def ask_for_another_picture() -> None:
    """Replace the upload or the camera by a new, empty field."""
    st.session_state["picture"] = None
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1


def labels(predicted: int | None) -> None:
    """Ten buttons and the keys 0–9, and what the last press has led to.

    Args:
        predicted: the digit that the model predicts; None where nothing is drawn.
    """
    st.markdown("**What did you draw?** Press a label, or its key, to save the drawing and clear the field.")
    with st.container(horizontal=True, key="labels"):
        for label in range(10):
            st.button(
                f"{label}" if label != predicted else f"{label} ✓", key=f"label-{label}", shortcut=str(label),
                type="primary" if label == predicted else "secondary", width=84, on_click=once(press), args=(label,),
                help="Confirm the prediction." if label == predicted else None,
            )  # fmt: skip
    last: Outcome = st.session_state["labelling.outcome"]
    if last.nothing_drawn and predicted is None:
        st.caption(":material/draw: There is nothing to save yet. Draw a digit first, then pick its label.")
    if last.error is not None:
        show_error(last.error)
    if last.saved:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(last.text, width="content")
            st.button("Undo save", icon=":material/undo:", on_click=once(_undo_save), type="tertiary")


def _undo_save() -> None:
    this = desk()
    studio().drawings.delete(this.outcome.saved)
    if this.quiz is not None:
        quiz.discount(this.quiz, this.outcome.saved)
    this.outcome.saved = []
