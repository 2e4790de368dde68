"""Label issues: probable typing errors. The person keeps or fixes each label, or deletes the drawing."""

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.label_issues import CERTAIN
from mnist_core.common.language import _, listed, n_
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.fine_tuning_set import fine_tuning_set
from pages.widgets.gallery import delete, relabel
from pages.widgets.guarded import guarded

SHOWN, ASKED = 8, 32
WIDTH = 126
"""Of a drawing with its question, in pixels."""


def label_issues_before() -> None:
    """Ask about copies with different labels, and about labels that the network nearly rules out."""
    issues = studio().drawings.possible_label_issues(CERTAIN, SHOWN)
    contradictory = studio().drawings.contradictory(SHOWN)
    if not issues and not contradictory:
        return
    st.markdown(f"## {_('Are these labels correct?')}")
    if contradictory:
        _ask_which(contradictory)
    if not issues:
        return
    st.caption(
        _(
            "The network predicted another digit with a probability of at least {certain:.0%}. Keep the label if you "
            "write this way: the network learns most from such drawings. If the label is a typing error, change it or "
            "delete the drawing. If you do not decide and a fine-tuning finds the same issue, it leaves the drawing "
            "out. It never leaves out a digit with fewer than three drawings.",
            certain=CERTAIN,
        )
    )
    _ask("before", [(drawing, drawing.prediction) for drawing in issues if drawing.prediction is not None])


def label_issues_after(run: Run, report: FineTuneReport) -> None:
    """Ask about the drawings in which a fine-tuning found label issues. It usually left them out."""
    issues = report.label_issues[:ASKED]
    if not issues:
        return
    count, left_out = len(report.label_issues), report.drawings - report.learned
    if left_out:
        st.markdown(
            n_(
                "**{n} drawing was excluded. Is its label correct?**",
                "**{n:,} drawings were excluded. Are their labels correct?**",
                left_out,
            )
        )
    else:
        st.warning(
            _(
                "{count} of {total} drawings have label issues. That is too many to be typing errors, so the "
                "fine-tuning learned all drawings. Before you keep this model, check whether the labels are shifted by "
                "one or the drawings are somebody else's.",
                count=count,
                total=report.drawings,
            ),
            icon=":material/label_off:",
        )
    contents = [drawing.sha256 for drawing in fine_tuning_set(run, [each.index for each in issues])]
    collected = {drawing.sha256: drawing for drawing in reversed(studio().drawings.with_contents(contents))}
    undecided = [
        (here, each.digit)
        for content, each in zip(contents, issues, strict=True)
        if (here := collected.get(content)) is not None and here.label == each.label and not here.confirmed
    ]
    st.caption(_("Two networks predict another digit: the base, and one that has learned your other drawings."))
    if undecided:
        st.caption(_("Decide, then fine-tune again. The network learns the drawings that you keep or relabel."))
    _ask("after", undecided[:SHOWN])
    if more := count - len(issues) + max(0, len(undecided) - SHOWN):
        st.caption(n_("… and {n} more.", "… and {n:,} more.", more))
    if decided := len(issues) - len(undecided):
        st.caption(
            n_(
                "{n} drawing is not shown. You have decided on it or deleted it, or it is from elsewhere.",
                "{n:,} drawings are not shown. You have decided on them or deleted them, or they are from elsewhere.",
                decided,
            )
        )


def _ask_which(groups: list[list[Drawing]]) -> None:
    """Each group is one drawing that has several labels."""
    st.caption(
        _(
            "These drawings are in your collection more than once, with different labels. A fine-tuning learns the "
            "newest label. Choose the correct one."
        )
    )
    row = st.container(horizontal=True)
    for copies in groups[:SHOWN]:
        labels = list(dict.fromkeys(str(each.label) for each in copies))
        key = f"label-issue-copies-{copies[0].id}-{len(copies)}-{'-'.join(labels)}"
        with row.container(width=WIDTH):
            digit(copies[0].image, side=76, caption=_("you: {labels}", labels=listed(labels)))
            st.selectbox(
                _("Which digit is drawing {number}?", number=copies[0].id), labels, key=key, index=None,
                label_visibility="collapsed", placeholder=_("Which?"), on_change=guarded(_settle), args=(key, copies),
            )  # fmt: skip


def _settle(key: str, copies: list[Drawing]) -> None:
    """Give all copies the same label."""
    label = int(st.session_state[key])
    relabel([each for each in copies if each.label != label], label)
    st.toast(_("The label is now {label}.", label=label), icon=":material/edit:")


def _ask(where: str, asked: list[tuple[Drawing, int]]) -> None:
    """One choice for each drawing.

    Args:
        where: tells the widgets of the two places on the page apart.
        asked: each drawing with the digit that it could be instead.
    """
    row = st.container(horizontal=True)
    for drawing, other in asked[:SHOWN]:
        assert drawing.label is not None, "only labels are questioned"
        with row.container(width=WIDTH):
            caption = _("you: {label}, network: {digit}", label=drawing.label, digit=other)
            digit(drawing.image, side=76, caption=caption)
            choices = {
                "keep": _("Keep {label}", label=drawing.label),
                "fix": _("Change to {label}", label=other),
                "drop": _("Delete"),
            }
            key = f"label-issue-{where}-{drawing.id}-{drawing.label}"
            st.selectbox(
                _("Which digit is drawing {number}?", number=drawing.id), list(choices), key=key, index=None,
                format_func=choices.__getitem__, label_visibility="collapsed",
                placeholder=_("{label} or {digit}?", label=drawing.label, digit=other),
                on_change=guarded(_decide), args=(key, drawing, other),
            )  # fmt: skip


def _decide(key: str, drawing: Drawing, other: int) -> None:
    assert drawing.id is not None
    match st.session_state[key]:
        case "keep":
            studio().drawings.confirm([drawing.id])
            st.toast(
                _("The label stays {label}. The next fine-tuning learns the drawing.", label=drawing.label),
                icon=":material/check:",
            )
        case "fix":
            relabel([drawing], other)
            st.toast(_("The label is now {label}.", label=other), icon=":material/edit:")
        case "drop":
            delete([drawing])
            st.toast(_("Deleted. You can undo this under “Your drawings”."), icon=":material/delete:")
