"""What are these? The unlabelled drawings with the least certain predictions."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.text import a
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.guarded import guarded

SHOWN = 8
DROP = "drop"


def review() -> None:
    """One choice labels a drawing or drops it, and the next takes its place; nothing where none waits."""
    queue = studio().review_queue
    waiting = queue.next(SHOWN)
    if not waiting:
        return
    st.markdown("#### What are these?")
    st.caption(
        "You cleared these without a label, or imported them. Those that the network was least sure of come "
        "first: they teach it most."
    )
    for column, each in zip(st.columns(SHOWN), waiting, strict=False):
        with column:
            _question(each)
    if more := queue.count() - len(waiting):
        st.caption(f"{more:,} more wait; they move up as you answer.")


def _question(drawing: Drawing) -> None:
    digit(drawing.image, side=76, caption=f"predicted {drawing.prediction}, {drawing.probability:.0%}")
    st.selectbox(
        f"What is drawing {drawing.id}?", [*range(10), DROP], index=None, placeholder="it is …",
        key=f"review-{drawing.id}", label_visibility="collapsed", on_change=guarded(_answer), args=(drawing.id,),
    )  # fmt: skip


def _answer(drawing_id: int) -> None:
    answer = st.session_state[f"review-{drawing_id}"]
    if answer == DROP:
        studio().review_queue.dismiss(drawing_id)
        st.toast("Dropped: nothing is learned from it.", icon=":material/delete:")
    elif answer is not None:
        studio().review_queue.label(drawing_id, answer)
        st.toast(f"Saved as {a(answer)}; it is among your drawings below.", icon=":material/check:")
