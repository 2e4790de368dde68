"""You said 4, everything else says 9: labels that look like a slip of the key. Keep, fix or drop."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.label_issues import CERTAIN
from mnist_core.common.text import a, were
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.gallery import delete, relabel
from pages.widgets.guarded import guarded
from pages.widgets.learned import learned

SHOWN, ASKED = 8, 32


def doubts_before() -> None:
    """Ask about collected drawings of which the network was sure that they are something else."""
    in_doubt = studio().drawings.in_doubt(CERTAIN, SHOWN)
    if not in_doubt:
        return
    st.markdown("#### A slip of the key?")
    st.caption(
        f"The network was at least {CERTAIN:.0%} sure that these are something else. If that is just how you write, "
        "keep them: they teach it most. A wrong label teaches it wrong. Unanswered they are left out "
        "if the tuning doubts them, too; but of a digit with fewer than three drawings all are learned as they are."
    )
    _ask("", [(drawing, drawing.prediction) for drawing in in_doubt if drawing.prediction is not None])


def doubts_after(run: Run, report: FineTuneReport) -> None:
    """Ask about drawings whose label a fine-tuning has doubted, and so, mostly, left out."""
    issues = report.label_issues[:ASKED]
    if not issues:
        return
    count, left_out = len(report.label_issues), report.drawings - report.learned
    if left_out:
        st.markdown(f"**{were(left_out, 'drawing')} left out: a slip of the key?**")
    else:
        st.warning(
            f"The labels of {count} of {report.drawings} drawings look wrong: too many for slips of the key, so "
            "none was left out. Are they shifted by one, or somebody else's? Look at them before you keep this model.",
            icon=":material/label_off:",
        )
    contents = [drawing.sha256 for drawing in learned(run, [each.index for each in issues])]
    collected = {drawing.sha256: drawing for drawing in reversed(studio().drawings.with_contents(contents))}
    open_questions = [
        (here, each.digit)
        for content, each in zip(contents, issues, strict=True)
        if (here := collected.get(content)) is not None and here.label == each.label and not here.confirmed
    ]
    st.caption(
        "The network before, and one that has learned your other drawings, both say something else. "
        + ("Answer, then fine-tune again: what you keep or fix is learned." if open_questions else "")
    )
    _ask("Left out: ", open_questions[:SHOWN])
    if more := count - len(issues) + max(0, len(open_questions) - SHOWN):
        st.caption(f"… and {more} more.")
    if answered := len(issues) - len(open_questions):
        st.caption(f"{answered} of them are not in question (any more): answered, deleted, or not from this app.")


def _ask(where: str, asked: list[tuple[Drawing, int]]) -> None:
    """One choice for each drawing and what else it could be; `where` tells the two places on the page apart."""
    for column, (drawing, other) in zip(st.columns(SHOWN), asked, strict=False):
        with column:
            digit(drawing.image, side=76, caption=f"you: {drawing.label}, model: {other}")
            words = {"keep": f"it is {a(drawing.label)}", "fix": f"it is {a(other)}", "drop": "drop it"}
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
            st.toast(f"It stays {a(drawing.label)}, and is learned.", icon=":material/check:")
        case "fix":
            relabel([drawing], other)
            st.toast(f"It is {a(other)} now.", icon=":material/edit:")
        case "drop":
            delete([drawing])
            st.toast("Deleted; the gallery takes it back.", icon=":material/delete:")
