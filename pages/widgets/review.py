"""The review queue: the unlabelled drawings with the least certain predictions."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.text import a
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.guarded import guarded

SHOWN = 8
DROP = "drop"


def review() -> None:
    """One choice labels a drawing or drops it, and the next takes its place; nothing if the queue is empty."""
    queue = studio().review_queue
    waiting = queue.next(SHOWN)
    if not waiting:
        return
    st.markdown("#### What are these?")
    st.caption(
        "You cleared or imported these drawings without a label. The least certain predictions come first, because "
        "the network learns most from them."
    )
    for column, each in zip(st.columns(SHOWN), waiting, strict=False):
        with column:
            _question(each)
    if more := queue.count() - len(waiting):
        st.caption(f"{more:,} more are in the queue.")


def _question(drawing: Drawing) -> None:
    digit(drawing.image, side=76, caption=f"predicted {drawing.prediction}, {drawing.probability:.0%}")
    st.selectbox(
        f"What is drawing {drawing.id}?", [*range(10), DROP], index=None, placeholder="it is …",
        key=f"review-{drawing.id}", label_visibility="collapsed", on_change=guarded(_decide), args=(drawing.id,),
    )  # fmt: skip


def _decide(drawing_id: int) -> None:
    choice = st.session_state[f"review-{drawing_id}"]
    if choice == DROP:
        studio().review_queue.dismiss(drawing_id)
        st.toast("Dropped.", icon=":material/delete:")
    elif choice is not None:
        studio().review_queue.label(drawing_id, choice)
        st.toast(f"Saved as {a(choice)}. It is among your drawings below.", icon=":material/check:")
