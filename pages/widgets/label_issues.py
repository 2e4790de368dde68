"""Label issues: labels that are probably a typing error. The person keeps, fixes or drops each drawing."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.label_issues import CERTAIN
from mnist_core.common.text import a, were
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.fine_tuning_set import fine_tuning_set
from pages.widgets.gallery import delete, relabel
from pages.widgets.guarded import guarded

SHOWN, ASKED = 8, 32


def label_issues_before() -> None:
    """Ask about collected drawings that the network predicted as another digit with near certainty."""
    issues = studio().drawings.possible_label_issues(CERTAIN, SHOWN)
    if not issues:
        return
    st.markdown("#### Are these labels correct?")
    st.caption(
        f"The network predicted another digit with a probability of at least {CERTAIN:.0%}. Keep a label if this is "
        "how you write: the network learns most from such drawings. Fix or drop it if it is a typing error. If you do "
        "not decide and a fine-tuning also finds a label issue, it leaves the drawing out. It never leaves out a digit "
        "with fewer than three drawings."
    )
    _ask("", [(drawing, drawing.prediction) for drawing in issues if drawing.prediction is not None])


def label_issues_after(run: Run, report: FineTuneReport) -> None:
    """Ask about the drawings in which a fine-tuning found label issues and which it usually left out."""
    issues = report.label_issues[:ASKED]
    if not issues:
        return
    count, left_out = len(report.label_issues), report.drawings - report.learned
    if left_out:
        st.markdown(f"**{were(left_out, 'drawing')} left out. Are the labels correct?**")
    else:
        st.warning(
            f"{count} of {report.drawings} drawings have label issues. These are too many for typing errors, so the "
            "fine-tuning learned all drawings. Check whether the labels are shifted by one or the drawings are "
            "somebody else's before you keep this model.",
            icon=":material/label_off:",
        )
    contents = [drawing.sha256 for drawing in fine_tuning_set(run, [each.index for each in issues])]
    collected = {drawing.sha256: drawing for drawing in reversed(studio().drawings.with_contents(contents))}
    undecided = [
        (here, each.digit)
        for content, each in zip(contents, issues, strict=True)
        if (here := collected.get(content)) is not None and here.label == each.label and not here.confirmed
    ]
    st.caption(
        "Two networks predict another digit: the base, and one that has learned your other drawings. "
        + ("Decide, then fine-tune again: the network learns what you keep or fix." if undecided else "")
    )
    _ask("Left out: ", undecided[:SHOWN])
    if more := count - len(issues) + max(0, len(undecided) - SHOWN):
        st.caption(f"… and {more} more.")
    if decided := len(issues) - len(undecided):
        st.caption(f"No question about {decided} of them: decided already, deleted, or not from this app.")


def _ask(where: str, asked: list[tuple[Drawing, int]]) -> None:
    """One choice for each drawing and what else it could be; `where` tells the two places on the page apart."""
    for column, (drawing, other) in zip(st.columns(SHOWN), asked, strict=False):
        assert drawing.label is not None, "only labels are questioned"
        with column:
            digit(drawing.image, side=76, caption=f"you: {drawing.label}, model: {other}")
            words = {"keep": f"it is {a(drawing.label)}", "fix": f"it is {a(other)}", "drop": "drop it"}
            key = f"{where}label-issue-{drawing.id}-{drawing.label}"
            st.selectbox(
                f"{where}what is drawing {drawing.id}?".capitalize(), list(words), format_func=words.__getitem__,
                index=None, placeholder=f"{drawing.label} or {other}?", label_visibility="collapsed",
                key=key, on_change=guarded(_decide), args=(key, drawing, other),
            )  # fmt: skip


def _decide(key: str, drawing: Drawing, other: int) -> None:
    assert drawing.id is not None
    match st.session_state[key]:
        case "keep":
            studio().drawings.confirm([drawing.id])
            st.toast(f"The label stays {drawing.label}. The next fine-tuning learns it.", icon=":material/check:")
        case "fix":
            relabel([drawing], other)
            st.toast(f"The label is {other} now.", icon=":material/edit:")
        case "drop":
            delete([drawing])
            st.toast("Deleted. Undo is in the gallery.", icon=":material/delete:")
