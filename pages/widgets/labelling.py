"""What becomes of a drawing. A label saves it; Clear puts it into the review queue if it looks like a digit.

Both take it off the sheet. A drawing that cannot be saved stays on the sheet.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.quiz import Quiz
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.models.model import Model
from pages.studio import Studio, predictor, studio
from pages.widgets import quiz
from pages.widgets.canvas import Sheet, sheet
from pages.widgets.parts import Part, Parts
from pages.widgets.source import DRAW, Picture, ask_for_another_picture, picture, source

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction

CLEAR, UNDO, ALL, NEXT, PREVIOUS = "clear", "undo", "save-all", "next", "previous"
"""The meanings of a press that are not labels."""
MARK = "digit-"
"""The meaning of a press that marks a digit of a number begins so; its place follows."""


@dataclass
class Outcome:
    """The result of the last press of a label."""

    saved: list[int] = field(default_factory=list)
    """The ids of the saved drawings."""
    drawings: list[Drawing] = field(default_factory=list)
    """The same drawings, without their labels."""
    logged: list[str] = field(default_factory=list)
    """Their ids in the log of predictions."""
    number: str = ""
    """The labels of all digits of a number that were saved at once."""
    label: int = 0
    predicted: int | None = 0
    """What the model had predicted; None if it had seen no digit."""
    nothing_drawn: bool = False
    asked: tuple[str, int] | None = None
    """The hash and the label of a drawing that does not look like a digit: the same label again saves it."""
    error: StudioError | None = None
    put_back: Callable[[], bool] | None = None
    """Lays what was saved on the sheet or into the picture again; False if something else is there."""


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
    parts: Parts
    numbers: bool
    """Whether a person has asked for the field for numbers."""

    @property
    def wide(self) -> bool:
        """Whether the field is the one for numbers. It stays until no stroke lies outside the other one."""
        return self.numbers or self.sheet.beyond

    def digits(self, among: Collection[str]) -> list[Part]:
        """The digits of these strokes. In a quiz, which asks for one digit, all are one."""
        drawn = {each: mark["points"] for each, mark in self.sheet.marks.items() if each in among}
        if not drawn or self.quiz is not None:
            return [tuple(drawn)] if drawn else []
        model = self.here.registry.active()
        return self.parts.divide([*drawn], [*drawn.values()], predictor(model), wide=self.wide)

    def act_on_presses(self) -> None:
        """Act on each press; it concerns the strokes that had been drawn by then."""
        while self.sheet.presses:
            pressed = self.sheet.presses.pop(0)
            self.act_on(pressed.meaning, pressed.strokes)

    def act_on(self, meaning: int | str, among: Collection[str]) -> None:
        """Clear, undo or label these strokes, or mark one of their digits."""
        if meaning == CLEAR:
            self.clear(among)
        elif meaning == UNDO:
            self.sheet.undo(among)
        elif meaning == ALL:
            self.save_all(among)
        elif isinstance(meaning, str):
            self.mark(among, meaning)
        else:
            self.save_strokes(among, int(meaning))

    def mark(self, among: Collection[str], meaning: str) -> None:
        """Mark the next, the previous or the named digit of these strokes."""
        try:
            self.digits(among)
        except StudioError as error:
            self.outcome.error = error
            return
        step = {NEXT: 1, PREVIOUS: -1}.get(meaning)
        self.parts.mark(int(meaning.removeprefix(MARK)) if step is None else self.parts.marked + step)

    def save_strokes(self, among: Collection[str], label: int) -> None:
        """Save these strokes, or the marked digit of a number, as one drawing and take them off the sheet."""
        try:
            digits = self.digits(among)
        except StudioError as error:
            self.outcome.error = error
            return
        own = digits[self.parts.marked] if len(digits) > 1 else [*digits, ()][0]
        self.save(self.sheet.drawing_of(own), label, partial(self._take, own, among, {**self.sheet.marks}))

    def _take(self, own: Part, among: Collection[str], before: Mapping[str, dict[str, Any]]) -> None:
        """Take a saved digit off the sheet, with the last one all that is left of these strokes.

        Args:
            before: what an undo puts back onto the sheet.
        """
        self.outcome.put_back = partial(self.sheet.put_back, before)
        if own in self.parts.digits:
            self.parts.take(own)
        self.sheet.remove(own if self.parts.digits else [*among])

    def save_all(self, among: Collection[str]) -> None:
        """Save each digit of a number with its predicted label; what is not a digit stays on the sheet."""
        try:
            digits = self.digits(among)
        except StudioError as error:
            self.outcome.error = error
            return
        before = {**self.sheet.marks}
        self._save_each([(self.sheet.drawing_of(own), partial(self._take, own, among, before)) for own in digits])

    def _save_each(self, drawings: Sequence[tuple[Drawing | None, Callable[[], None]]]) -> None:
        """Save each with its predicted label, and call what takes it away."""
        saved, kept, logged, text = [], [], [], ""
        for drawing, take_away in drawings:
            prediction = self._prediction(drawing)
            if prediction is None or not prediction.recognised:
                continue
            self.save(drawing, prediction.digit, take_away)
            if self.outcome.error is not None:
                break
            saved += self.outcome.saved
            kept += self.outcome.drawings
            logged += self.outcome.logged
            text += str(prediction.digit)
        if saved:
            self.outcome.saved, self.outcome.drawings, self.outcome.logged = saved, kept, logged
            self.outcome.number = text

    def _prediction(self, drawing: Drawing | None) -> "Prediction | None":
        return None if drawing is None else predictor(self.here.registry.active()).predict(drawing.image)

    def act_on_picture(self, meaning: int | str, given: Picture | None) -> None:
        """Label the picture, or a digit of the number in it; or mark another digit."""
        if given is None or not given.several or self.quiz is not None:  # a quiz asks for one digit
            if not isinstance(meaning, str):  # the other presses are for a number, which may be gone when they arrive
                self.save(given.drawing if given is not None else None, meaning, ask_for_another_picture)
            return
        parts, before = given.parts, [*given.parts.digits]
        if meaning == ALL:
            self._save_each([(given.drawing_of(own), partial(self._take_from, given, own, before)) for own in before])
        elif isinstance(meaning, str):
            parts.mark(int(meaning.removeprefix(MARK)))
        else:
            own = parts.digits[parts.marked]
            self.save(given.drawing_of(own), meaning, partial(self._take_from, given, own, before))

    def _take_from(self, given: Picture, own: Part, before: list[Part]) -> None:
        """Take a saved digit away; after the last one, ask for another picture."""
        self.outcome.put_back = partial(given.put_back, before, given.number)
        given.take(own)
        if not given.parts.digits:
            ask_for_another_picture()

    def save(self, drawing: Drawing | None, label: int, take_away: Callable[[], None]) -> None:
        """Save a drawing and take it away. If there is none, or if it cannot be saved, the outcome says so."""
        last = self.outcome
        last.error, last.nothing_drawn = None, drawing is None or not drawing.image.any()
        if drawing is None or last.nothing_drawn:
            return
        try:
            model = self.here.registry.active()
            found, seconds = _timed(model, drawing)
            if not found.recognised and last.asked != (drawing.sha256, label):
                last.asked = drawing.sha256, label
                return
            new = replace(
                drawing, label=label, prediction=found.digit, probability=found.probability, model_id=model.id
            )
            last.saved, last.drawings, last.number = self.here.drawings.add([new]), [drawing], ""
            last.logged = [_log(self.here, model, drawing, found, seconds, label)]
        except StudioError as error:
            last.error = error
            return
        last.put_back = None
        take_away()
        last.asked = None
        last.label, last.predicted = label, found.digit if found.recognised else None
        if self.quiz is not None:
            quiz.count(self.quiz, self.here, last.saved[0], label, found.digit)

    def clear(self, among: Collection[str]) -> None:
        """Take these strokes off the sheet; each drawing that looks like a digit goes into the review queue."""
        among = [*among]
        try:
            drawings = [self.sheet.drawing_of(own) for own in self.digits(among)]
        finally:
            self.sheet.remove(among)
        model = self.here.registry.active()
        recognised = []
        for drawing in filter(None, drawings):
            found, seconds = _timed(model, drawing)
            _log(self.here, model, drawing, found, seconds)
            if found.recognised:
                recognised.append(drawing)
        self.queue(recognised)

    def undo_save(self) -> None:
        """Delete what was saved last, and put it back where it was or else into the review queue."""
        last = self.outcome
        self.here.drawings.delete(last.saved)
        for each in last.logged:
            self.here.seen.label(each, None)
        if self.quiz is not None:
            quiz.discount(self.quiz, last.saved)
        back = self.quiz is None and last.put_back is not None and last.put_back()
        last.saved, last.put_back = [], None
        if not back and self.queue(last.drawings):
            st.toast(_("The drawing waits in the review queue on the Fine-tune page."), icon=":material/inbox:")

    def queue(self, drawings: Sequence[Drawing]) -> int:
        """Put drawings without a label into the review queue; return how many wait there."""
        if not drawings:
            return 0
        model = self.here.registry.active()
        return self.here.review_queue.add(review_queue.predicted(drawings, predictor(model), model.id))


def _timed(model: Model, drawing: Drawing) -> tuple["Prediction", float]:
    """The prediction, and the seconds that it took."""
    started = time.perf_counter()
    return predictor(model).predict(drawing.image, drawing.strokes), time.perf_counter() - started


def _log(
    here: Studio, model: Model, drawing: Drawing, found: "Prediction", seconds: float, label: int | None = None
) -> str:
    """Log the prediction for a finished drawing, and return its id in the log."""
    from mnist_core.monitoring.record import Seen  # loads ONNX Runtime, as a prediction does

    seen = Seen(secrets.token_hex(8), "draw", model.id, drawing.image, found, seconds, label)
    here.seen.add(seen)
    return seen.id


def desk() -> Desk:
    """This session's desk, with the marks that the browser has sent."""
    outcome = st.session_state.setdefault("labelling.outcome", Outcome())
    parts = st.session_state.setdefault("labelling.parts", Parts())
    this = sheet()
    return Desk(studio(), this, outcome, quiz.under_way(), parts, st.session_state.get("wide", False))


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
        given = picture()
        if given is not None:
            given.correct()  # the browser may send a new box together with the press
        this.act_on_picture(meaning, given)


def clear() -> None:
    """Clear the field, or ask for another picture."""
    press(CLEAR)


def keys_and_buttons(digits: int) -> tuple[dict[str, int | str], dict[str, int | str]]:
    """What each key and each button means that the canvas listens for.

    Args:
        digits: of the number on the field; 0 if there is none.
    """
    keys: dict[str, int | str] = {"Escape": CLEAR, **{str(label): label for label in range(10)}}
    buttons: dict[str, int | str] = {CLEAR: CLEAR, UNDO: UNDO, **{f"label-{label}": label for label in range(10)}}
    if (asked := quiz.asked_for()) is not None:
        keys["Enter"] = buttons[quiz.DRAWN] = asked
    elif digits:
        keys |= {"Enter": ALL, "ArrowRight": NEXT, "ArrowLeft": PREVIOUS}
        buttons |= {ALL: ALL, **{f"{MARK}{place}": f"{MARK}{place}" for place in range(digits)}}
    return keys, buttons
