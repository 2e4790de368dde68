"""You said 4, everything else says 9: labels that look like a slip of the key. Keep, fix or drop."""

import streamlit as st

from mnist_core import exchange
from mnist_core.drawings import Drawing
from mnist_core.runs import Run
from mnist_core.suspects import CERTAIN
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.gallery import delete, relabel
from pages.widgets.guarded import guarded

SHOWN = 8
KEEP, FIX, DROP = "keep", "fix", "drop"


def doubts_before() -> None:
    """Ask about collected drawings of which the network was sure that they are something else."""
    in_doubt = studio().drawings.in_doubt(CERTAIN, SHOWN)
    if not in_doubt:
        return
    st.markdown("#### A slip of the key?")
    st.caption(
        "The network was as good as sure that these are something else. If that is just how you write, keep them: "
        "they teach it most. A wrong label teaches it wrong."
    )
    _ask("", [(drawing, drawing.prediction) for drawing in in_doubt if drawing.prediction is not None])


def doubts_after(run: Run, suspects: list[dict[str, int]]) -> None:
    """Ask about drawings that a fine-tuning has left out, because the person's others contradict their labels, too."""
    if not suspects:
        return
    many = len(suspects) > 1
    st.markdown(f"**{len(suspects)} {'drawings were' if many else 'drawing was'} left out: a slip of the key?**")
    items = exchange.labelled(exchange.read(run.drawings), run.drawings.name)
    asked, answered = [], []
    for each in suspects:
        here = studio().drawings.with_content(items[each["index"]].sha256)
        open_question = [drawing for drawing in here if drawing.label == each["label"] and not drawing.confirmed]
        (asked if open_question else answered).append((open_question or [items[each["index"]]], each["digit"]))
    st.caption(
        "The network before, and one that has learned your other drawings, are both sure of something else. "
        + ("Answer, then fine-tune again: what you keep or fix is learned." if asked else "")
    )
    _ask("Left out: ", [(drawings[0], other) for drawings, other in asked[:SHOWN]])
    if len(asked) > SHOWN:
        st.caption(f"… and {len(asked) - SHOWN} more, which move up as you answer.")
    if answered:
        st.caption(f"{len(answered)} of them are not in question (any more): answered, deleted, or not from this app.")


def _ask(where: str, asked: list[tuple[Drawing, int]]) -> None:
    """One choice for each drawing and what else it could be; `where` tells the two places on the page apart."""
    for column, (drawing, other) in zip(st.columns(SHOWN), asked, strict=False):
        with column:
            digit(drawing.image, side=76, caption=f"you: {drawing.label}, else: {other}")
            words = {KEEP: f"it is a {drawing.label}", FIX: f"it is a {other}", DROP: "drop it"}
            key = f"{where}doubt-{drawing.id}-{drawing.label}"
            st.selectbox(
                f"{where}what is drawing {drawing.id}?".capitalize(), list(words), format_func=words.__getitem__,
                index=None, placeholder=f"{drawing.label} or {other}?", label_visibility="collapsed",
                key=key, on_change=guarded(_answer), args=(key, drawing, other),
            )  # fmt: skip


def _answer(key: str, drawing: Drawing, other: int) -> None:
    assert drawing.id is not None
    match st.session_state[key]:
        case "keep":
            studio().drawings.confirm([drawing.id])
            st.toast(f"It stays a {drawing.label}, and is learned.", icon=":material/check:")
        case "fix":
            relabel([drawing], other)
            st.toast(f"It is a {other} now.", icon=":material/edit:")
        case "drop":
            delete([drawing])
            st.toast("Deleted; the gallery takes it back.", icon=":material/delete:")
