"""The words around the bars: what a label would save, and what the last one saved."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.language import N_, _, n_
from pages.widgets import shortcuts
from pages.widgets.guarded import once, show_error
from pages.widgets.labelling import ALL, Outcome, desk, press
from pages.widgets.source import CAMERA, DRAW, UPLOAD, source

QUESTIONS = {
    DRAW: N_("**What did you draw?** Press the digit's bar or key to save the drawing and clear the field."),
    UPLOAD: N_("**Which digit does the picture show?** Press its bar or key to save the picture."),
    CAMERA: N_("**Which digit does the photo show?** Press its bar or key to save the photo."),
}
QUESTION_OF_NUMBERS = N_(
    "**Label the marked digit.** Press its bar or key to save it as a drawing of its own. Then the next one is marked."
)
NOTHING_THERE = {
    DRAW: N_("There is nothing to save yet. Draw a digit, then pick its label."),
    UPLOAD: N_("There is nothing to save yet. Choose a picture of a digit, then pick its label."),
    CAMERA: N_("There is nothing to save yet. Take a photo of a digit, then pick its label."),
}


def question(number: str = "") -> None:
    """What a label is for.

    Args:
        number: on the field or in the picture, such as "40?"; empty if there is one digit or nothing.
    """
    if not number:
        st.caption(_(QUESTIONS[source()]))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Save as {digit}", digit=number), key=ALL, icon=":material/check:", shortcut=shortcuts.SAVE,
            on_click=once(press), args=(ALL,), disabled=not number.strip("?"),
        )  # fmt: skip
        st.caption(_(QUESTION_OF_NUMBERS))


def last_save(drawing: Drawing | None, number: str = "") -> None:
    """What came of the last label, and a button that undoes it.

    Args:
        drawing: what a label would save.
        number: of which it is a digit.
    """
    last: Outcome = desk().outcome
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
            before = f"{_('The drawing before:')} " if drawing is not None and not number else ""
            st.markdown(f":green[:material/check:] {before}{_saved(last)}", width="content")
            st.button(
                _("Undo save"), key="undo-save", icon=":material/undo:", on_click=once(_undo_save), type="tertiary"
            )


def _saved(last: Outcome) -> str:
    if last.number:
        return n_(
            "Saved {n} drawing with its predicted label: **{digits}**.",
            "Saved {n:,} drawings with their predicted labels: **{digits}**.",
            len(last.saved),
            digits=last.number,
        )
    if last.label == last.predicted:
        return _("Saved with the label **{label}**. The prediction was correct.", label=last.label)
    if last.predicted is None:
        return _("Saved with the label **{label}**. The network saw no digit.", label=last.label)
    return _(
        "Saved with the label **{label}**. The network predicted **{digit}**.", label=last.label, digit=last.predicted
    )


def _undo_save() -> None:
    desk().undo_save()
