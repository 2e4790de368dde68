"""What becomes of a drawing. A label saves it; Clear puts it into the review queue if it looks like a digit.

Both take it off the sheet. A drawing that cannot be saved stays on the sheet.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import streamlit as st

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.quiz import Quiz
from mnist_core.common.errors import StudioError
from mnist_core.common.language import N_, _
from pages.studio import Studio, predictor, studio
from pages.widgets import quiz
from pages.widgets.canvas import Sheet, sheet
from pages.widgets.guarded import once, show_error
from pages.widgets.source import CAMERA, DRAW, UPLOAD, ask_for_another_picture, picture, source

CLEAR, UNDO = "clear", "undo"
"""The meanings of a press that are not labels."""
QUESTIONS = {
    DRAW: N_("**What did you draw?** Press the digit or its key to save the drawing and clear the field."),
    UPLOAD: N_("**Which digit does the picture show?** Press the digit or its key to save the picture."),
    CAMERA: N_("**Which digit does the photo show?** Press the digit or its key to save the photo."),
}
NOTHING_THERE = {
    DRAW: N_("There is nothing to save yet. Draw a digit, then pick its label."),
    UPLOAD: N_("There is nothing to save yet. Choose a picture of a digit, then pick its label."),
    CAMERA: N_("There is nothing to save yet. Take a photo of a digit, then pick its label."),
}


@dataclass
class Outcome:
    """The result of the last press of a label."""

    saved: list[int] = field(default_factory=list)
    """The ids of the saved drawings."""
    label: int = 0
    predicted: int | None = 0
    """What the model had predicted; None if it had seen no digit."""
    nothing_drawn: bool = False
    asked: tuple[str, int] | None = None
    """The hash and the label of a drawing that does not look like a digit: the same label again saves it."""
    error: StudioError | None = None


@dataclass
class Desk:
    """What a press needs from the session, read beforehand.

    Whenever a script accesses the session, Streamlit may end it in favour of a newer run. That must not happen after
    the desk has saved a drawing and before it has taken it off the sheet: the newer run would save it again.
    """

    here: Studio
    sheet: Sheet
    outcome: Outcome
    quiz: Quiz | None

    def act_on_presses(self) -> None:
        """Act on each press; it concerns the strokes that had been drawn by then."""
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
        """Save these strokes as one drawing and take them off the sheet."""
        among = [*among]
        self.save(self.sheet.drawing_of(among), label, lambda: self.sheet.remove(among))

    def save(self, drawing: Drawing | None, label: int, take_away: Callable[[], None]) -> None:
        """Save a drawing and take it away. If there is none, or if it cannot be saved, the outcome says so."""
        last = self.outcome
        last.error, last.nothing_drawn = None, drawing is None or not drawing.image.any()
        if drawing is None or last.nothing_drawn:
            return
        try:
            model = self.here.registry.active()
            found = predictor(model).predict(drawing.image, drawing.strokes)
            if not found.recognised and last.asked != (drawing.sha256, label):
                last.asked = drawing.sha256, label
                return
            new = replace(
                drawing, label=label, prediction=found.digit, probability=found.probability, model_id=model.id
            )
            last.saved = self.here.drawings.add([new])
        except StudioError as error:
            last.error = error
            return
        take_away()
        last.asked = None
        last.label, last.predicted = label, found.digit if found.recognised else None
        if self.quiz is not None:
            quiz.count(self.quiz, self.here, last.saved[0], label, found.digit)

    def clear(self, among: Collection[str]) -> None:
        """Take these strokes off the sheet; their drawing goes into the review queue if it looks like a digit."""
        among = [*among]
        drawing = self.sheet.drawing_of(among)
        self.sheet.remove(among)
        if drawing is None:
            return
        model = self.here.registry.active()
        if predictor(model).predict(drawing.image, drawing.strokes).recognised:
            self.here.review_queue.add(review_queue.predicted([drawing], predictor(model), model.id))


def desk() -> Desk:
    """This session's desk, with the marks that the browser has sent."""
    outcome = st.session_state.setdefault("labelling.outcome", Outcome())
    return Desk(studio(), sheet(), outcome, quiz.under_way())


def press(meaning: int | str) -> None:
    """A button's callback: label, clear or undo the drawing; label or clear the picture.

    A canvas on the page hears of the button first. Then Streamlit does not call the callback.
    """
    this = desk()
    if source() == DRAW:
        this.act_on_presses()
        this.act_on(meaning, this.sheet.marks)
    elif meaning == CLEAR:
        ask_for_another_picture()
    else:
        this.save(picture(), int(meaning), ask_for_another_picture)


def clear() -> None:
    """Clear the field, or ask for another picture."""
    press(CLEAR)


def keys_and_buttons() -> tuple[dict[str, int | str], dict[str, int | str]]:
    """What each key and each button means that the canvas listens for."""
    keys: dict[str, int | str] = {"Escape": CLEAR, **{str(label): label for label in range(10)}}
    buttons: dict[str, int | str] = {CLEAR: CLEAR, UNDO: UNDO, **{f"label-{label}": label for label in range(10)}}
    if (asked := quiz.asked_for()) is not None:
        keys["Enter"] = buttons[quiz.DRAWN] = asked
    return keys, buttons


def labels(predicted: int | None, drawing: Drawing | None) -> None:
    """Ten buttons with the keys 0–9, and the result of the last press.

    Args:
        predicted: the digit that the model predicts; None if it does not see one.
        drawing: what a label would save.
    """
    st.markdown(_(QUESTIONS[source()]))
    with st.container(horizontal=True, key="labels"):
        for label in range(10):
            st.button(
                f"{label}" if label != predicted else f"{label} ✓", key=f"label-{label}", shortcut=str(label),
                type="primary" if label == predicted else "secondary", width=84, on_click=once(press), args=(label,),
                help=_("Confirm the prediction.") if label == predicted else None,
            )  # fmt: skip
    last: Outcome = st.session_state["labelling.outcome"]
    if last.nothing_drawn and (drawing is None or not drawing.image.any()):
        st.caption(f":material/draw: {_(NOTHING_THERE[source()])}")
    if drawing is not None and last.asked is not None and last.asked[0] == drawing.sha256:
        st.warning(
            _(
                "This does not look like one digit. Press **{label}** again to save it with this label all the same.",
                label=last.asked[1],
            ),
            icon=":material/help:",
        )
    if last.error is not None:
        show_error(last.error)
    if last.saved:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":green[:material/check:] {_saved(last)}", width="content")
            st.button(
                _("Undo save"), key="undo-save", icon=":material/undo:", on_click=once(_undo_save), type="tertiary"
            )


def _saved(last: Outcome) -> str:
    if last.label == last.predicted:
        return _("Saved with the label **{label}**. The prediction was correct.", label=last.label)
    if last.predicted is None:
        return _("Saved with the label **{label}**. The network saw no digit.", label=last.label)
    return _(
        "Saved with the label **{label}**. The network predicted **{digit}**.", label=last.label, digit=last.predicted
    )


def _undo_save() -> None:
    this = desk()
    studio().drawings.delete(this.outcome.saved)
    if this.quiz is not None:
        quiz.discount(this.quiz, this.outcome.saved)
    this.outcome.saved = []
