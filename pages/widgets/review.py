"""The review queue: the unlabelled drawings with the least certain predictions."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.language import _, n_, sentences
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.guarded import guarded, once

SHOWN = 8
DROP = "drop"


def review() -> None:
    """One choice labels a drawing or drops it, and the next takes its place. Show nothing if the queue is empty."""
    queue = studio().review_queue
    waiting = queue.next(SHOWN)
    if not waiting:
        return
    st.markdown(f"## {_('Which digits are these?')}")
    about = [_("These drawings have no label: you cleared or imported them, or they come from the service.")]
    if waiting[0].label is not None:
        about.append(_("Those for which the service got feedback come first. Look at them before you accept a label."))
    else:
        about.append(_("The least certain predictions come first, because the network learns most from them."))
    st.caption(sentences(about))
    for column, each in zip(st.columns(SHOWN), waiting, strict=False):
        with column:
            _question(each)
    if more := queue.count() - len(waiting):
        st.caption(n_("{n} more is in the queue.", "{n:,} more are in the queue.", more))


def _question(drawing: Drawing) -> None:
    predicted = _("predicted {digit}, {probability:.0%}", digit=drawing.prediction, probability=drawing.probability)
    digit(drawing.image, side=76, caption=predicted)
    if drawing.label is not None:
        st.caption(_("feedback: {digit}", digit=drawing.label))
        st.button(
            _("Label {digit}", digit=drawing.label), key=f"suggested-{drawing.id}",
            help=_("A program that used the service says so."), on_click=once(_label),
            args=(drawing.id, drawing.label),
        )  # fmt: skip
    st.selectbox(
        _("Which digit is drawing {number}?", number=drawing.id), [*range(10), DROP], index=None,
        format_func=lambda choice: _("Delete") if choice == DROP else str(choice), placeholder=_("Label"),
        key=f"review-{drawing.id}", label_visibility="collapsed", on_change=guarded(_decide), args=(drawing.id,),
    )  # fmt: skip


def _decide(drawing_id: int) -> None:
    choice = st.session_state[f"review-{drawing_id}"]
    if choice == DROP:
        studio().review_queue.dismiss(drawing_id)
        st.toast(_("Deleted."), icon=":material/delete:")
    elif choice is not None:
        _label(drawing_id, choice)


def _label(drawing_id: int, digit: int) -> None:
    studio().review_queue.label(drawing_id, digit)
    saved = _("Saved with the label {label}. The drawing is under “Your drawings”.", label=digit)
    st.toast(saved, icon=":material/check:")
