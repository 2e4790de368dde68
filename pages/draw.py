"""Draw a digit or a number, see what the network predicts, and label the drawing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.goals import WANTED
from mnist_core.common.language import N_, _, n_, sentences
from mnist_core.evaluation.probability_chart import probabilities
from pages.studio import predictor, studio
from pages.widgets.canvas import SIDE, WIDE, canvas
from pages.widgets.digits import digit
from pages.widgets.guarded import errors_shown, guarded_fragment, once
from pages.widgets.heading import heading
from pages.widgets.labelling import CLEAR, UNDO, Desk, clear, desk, keys_and_buttons, labels, press
from pages.widgets.live_chart import live_chart
from pages.widgets.loop_steps import loop_steps
from pages.widgets.number import ShownNumber, number_in, number_on, show_number
from pages.widgets.quiz import fine_tune_link, quiz_panel, quiz_switch
from pages.widgets.source import CAMERA, DRAW, UPLOAD, ask_for_picture, choose_source, source

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction

HINTS = {
    DRAW: (
        N_("Draw a digit"),
        N_("Draw on the black field with the mouse, a pen or a finger. The network predicts after every stroke."),
    ),
    UPLOAD: (
        N_("Choose a picture"),
        N_("It should show a digit or a number, dark on a light background or light on a dark one."),
    ),
    CAMERA: (
        N_("Take a photo"),
        N_("It should show a digit or a number, written with a dark pen on light paper."),
    ),
}
HINT_OF_NUMBERS = (
    N_("Draw a number"),
    N_("Write the digits beside each other. The network reads the number after every stroke."),
)
NO_INK = (
    N_("No ink found"),
    N_("The picture shows no ink. Use a dark pen on light paper and move the camera closer."),
)
EMPTY_BOX = (N_("The box is empty"), N_("Draw the box around a digit, or choose **Whole picture**."))
VERDICTS = {
    "sure": "",
    "not sure": N_("The network is **not sure**. Label the drawing below, and the next fine-tuning learns it."),
    "not a digit": N_("The network does **not see a digit** here. If you drew one, label it below."),
    "several": N_("These are **several digits**. The quiz asks for one at a time: draw a single digit."),
}
"""Verdict of a prediction → what it means for the person."""


@guarded_fragment
def main() -> None:
    """The field is always there; errors of the database or the model stand beside it."""
    heading(_("Draw"), _("Draw a digit or a number, see what the network predicts, and label the drawing."))
    this = desk()
    steps = st.container()  # the first element, so that an error in it does not move the field to another place
    with steps, errors_shown():
        this.act_on_presses()
    wide = this.wide and source() == DRAW
    left, right = st.columns([WIDE, 360] if wide else [SIDE + 40, 620], gap="large")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            choose_source()
            quiz_switch()
        picture = ask_for_picture() if source() != DRAW else None
        drawing = picture.drawing if picture is not None else this.sheet.drawing if source() == DRAW else None
    prediction, number = None, None
    with right, errors_shown():
        model = studio().registry.active()
        if picture is not None:
            number = number_in(picture) if this.quiz is None else None
        elif drawing is not None:
            number = number_on(this)
        if number is not None:
            drawing, prediction = number.marked.drawing, number.marked.prediction
        elif drawing is not None:
            prediction = predictor(model).predict(drawing.image, drawing.strokes)
        quiz_panel(on_drawn=press, clear=clear)
        if number is not None:
            show_number(number, press)
        else:
            hint = HINT_OF_NUMBERS if wide else HINTS[source()]
            if picture is not None:
                hint = EMPTY_BOX if picture.boxed else NO_INK
            _show_prediction(prediction, drawing, hint)
        _show_probabilities(prediction)
    if source() == DRAW:
        with left:
            _show_canvas(this, number, wide=wide)
    elif picture is not None:
        with left:
            picture.show()
    predicted = prediction.digit if prediction is not None and prediction.recognised else None
    labels(predicted, drawing, number.text if number is not None else "")
    with errors_shown():
        counts = studio().drawings.counts()
        with steps:
            loop_steps(1 if drawing is not None else 2 if sum(counts) >= 2 * WANTED else 0)
        _counts(counts)


def _show_canvas(this: Desk, number: ShownNumber | None, *, wide: bool) -> None:
    keys, buttons = keys_and_buttons(len(number.digits) if number is not None else 0)
    canvas(
        this.sheet, st.session_state.get("pen", 18), keys, buttons,
        wide=wide, frames=number.frames if number is not None else (),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        tools = {
            UNDO: (_("Undo"), ":material/undo:", None),
            CLEAR: (_("Clear"), ":material/delete_sweep:", "Esc"),
        }
        for meaning, (label, icon, shortcut) in tools.items():
            st.button(
                label, key=meaning, icon=icon, on_click=once(press), args=(meaning,), disabled=not this.sheet.marks,
                shortcut=shortcut,
            )  # fmt: skip
        st.toggle(
            _("Number"), key="wide", persist_state="session",
            help=_("A wide field for a number of several digits, such as 2026."),
        )  # fmt: skip
        st.slider(
            _("Pen"), 4, 40, 18, key="pen", persist_state="session",
            help=_("The width of the pen on the screen. The network sees every pen at the same width."),
        )  # fmt: skip


def _show_prediction(prediction: "Prediction | None", drawing: Drawing | None, hint: tuple[str, str]) -> None:
    found, seen = st.columns([3, 2])
    with found:
        if prediction is None or prediction.verdict == "nothing drawn":
            st.markdown(f"## {_(hint[0])}")
            st.write(_(hint[1]))
        else:
            large, small = str(prediction.digit), f"{prediction.probability:.1%}"
            if not prediction.recognised:
                large, small = "?", _("most like {digit}", digit=prediction.digit)
            if prediction.verdict == "several":
                small = ""
            st.html(
                f'<div class="prediction" role="status" aria-live="polite" data-verdict="{prediction.verdict}"'
                ' style="display:flex;align-items:baseline;gap:1rem">'
                f'<span style="font-size:5.5rem;font-weight:700;line-height:1">{large}</span>'
                f'<span style="font-size:1.4rem;opacity:.75">{small}</span></div>'
            )
            st.markdown(_(VERDICTS[prediction.verdict]))
    with seen:
        if drawing is not None:
            digit(drawing.image, side=150, caption=_("what the network sees: 28 × 28"))


def _show_probabilities(prediction: "Prediction | None") -> None:
    drawn = prediction is not None and prediction.verdict != "nothing drawn"
    values = prediction.probabilities if prediction and drawn else (0.0,) * 10
    chosen = prediction.digit if prediction and prediction.recognised else None
    live_chart(probabilities(values, chosen), key="probabilities", height=210, modebar=False)


def _counts(counts: Sequence[int]) -> None:
    total = sum(counts)
    st.divider()
    if not total:
        st.caption(
            _(
                "Your collection is empty. Save a few drawings of each digit, above all those with a wrong prediction. "
                "Then fine-tune the network to your handwriting on the **Fine-tune** page."
            )
        )
        return
    balance = [min(count, WANTED) for count in counts]
    collected = n_("**{n} drawing** collected.", "**{n:,} drawings** collected.", total)
    goal = _("Goal: {count} of each digit.", count=WANTED)
    st.progress(sum(balance) / (10 * WANTED), sentences([collected, goal]))
    with st.container(horizontal=True, key="counts"):
        for label, count in enumerate(counts):
            st.badge(f"{label}: {count}", color="green" if count >= WANTED else "gray")
    if total >= WANTED:
        fine_tune_link()


if __name__ == "__main__":
    main()
