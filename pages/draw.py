"""Draw a digit or a number, see what the network predicts, and label the drawing."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.collection.goals import WANTED
from mnist_core.common.language import N_, _, n_, sentences
from pages.studio import predictor, studio
from pages.widgets import loop_steps, shortcuts
from pages.widgets.canvas import canvas
from pages.widgets.glance import glance
from pages.widgets.guarded import errors_shown, guarded_fragment, once
from pages.widgets.heading import heading
from pages.widgets.label_bars import label_bars
from pages.widgets.labelling import CLEAR, UNDO, Desk, clear, desk, keys_and_buttons, press
from pages.widgets.number import ShownNumber, number_in, number_on, show_number
from pages.widgets.quiz import fine_tune_link, quiz_panel, quiz_switch
from pages.widgets.saving import last_save, question
from pages.widgets.source import CAMERA, DRAW, UPLOAD, Picture, ask_for_picture, choose_source, source

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
DOT = (
    N_("Only a dot"),
    N_("That is too small for a digit. Draw it larger."),
)


@guarded_fragment
def main() -> None:
    """The field is always there; errors of the database or the model stand beside it."""
    heading(_("Draw"), _("Draw a digit or a number, see what the network predicts, and label the drawing."))
    this = desk()
    steps = st.container()  # the first element, so that an error in it does not move the field to another place
    with steps, errors_shown():
        this.act_on_presses()
    wide = this.wide and source() == DRAW
    with st.container(key="desk"):
        left, right = st.columns(2, gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", key="sources"):
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
            glance(prediction, drawing, _hint(this, picture, wide=wide))
    if source() == DRAW:
        with left:
            _show_canvas(this, number, wide=wide)
    elif picture is not None:
        with left:
            picture.show()
    with right:
        label_bars(prediction)
        question(number.text if number is not None else "")
        last_save(drawing, number.text if number is not None else "")
    with steps, errors_shown():
        loop_steps.show(loop_steps.DRAW)
    with errors_shown():
        _counts(studio().drawings.counts())


def _hint(this: Desk, picture: Picture | None, *, wide: bool) -> tuple[str, str]:
    """A title and a sentence for when there is nothing to predict."""
    if picture is not None:
        return EMPTY_BOX if picture.boxed else NO_INK
    if source() == DRAW and this.sheet.marks:
        return DOT
    return HINT_OF_NUMBERS if wide else HINTS[source()]


def _show_canvas(this: Desk, number: ShownNumber | None, *, wide: bool) -> None:
    keys, buttons = keys_and_buttons(len(number.digits) if number is not None else 0)
    canvas(
        this.sheet, st.session_state.get("pen", 18), keys, buttons,
        wide=wide, frames=number.frames if number is not None else (), inviting=this.quiz is None,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="tools"):
        tools = {
            UNDO: (_("Undo"), ":material/undo:", None),
            CLEAR: (_("Clear"), ":material/delete_sweep:", shortcuts.CLEAR),
        }
        for meaning, (label, icon, shortcut) in tools.items():
            st.button(
                label, key=meaning, icon=icon, on_click=once(press), args=(meaning,), disabled=not this.sheet.marks,
                shortcut=shortcut,
            )  # fmt: skip
        with st.popover(_("Pen"), icon=":material/line_weight:"):
            st.slider(
                _("Pen"), 4, 40, 18, key="pen", persist_state="session",
                help=_("The width of the pen on the screen. The network sees every pen at the same width."),
            )  # fmt: skip
        st.toggle(
            _("Number"), key="wide", persist_state="session",
            help=_("A wide field for a number of several digits, such as 2026."),
        )  # fmt: skip


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
    new = studio().drawings.new(studio().registry.active().id)
    collected = n_(
        "**{new:,} new** of {n} drawing collected.", "**{new:,} new** of {n:,} drawings collected.", total, new=new
    )
    goal = _("Goal: {count} of each digit.", count=WANTED)
    st.progress(sum(balance) / (10 * WANTED), sentences([collected, goal]))
    with st.container(horizontal=True, key="counts"):
        for label, count in enumerate(counts):
            st.badge(f"{label}: {count}", color="green" if count >= WANTED else "gray")
    if new >= WANTED:
        fine_tune_link()


if __name__ == "__main__":
    main()
