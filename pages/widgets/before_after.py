"""A fine-tuning's result: accuracy on drawings and on MNIST before and after, and Keep or Discard."""

import streamlit as st

from mnist_core.collection.drawing import images
from mnist_core.common.language import _
from mnist_core.evaluation import charts
from mnist_core.evaluation.interpretation import context, findings, headline
from mnist_core.evaluation.learning_curve import forecast
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.evaluation.reports import Change, FineTuneReport
from mnist_core.jobs import candidates
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.curves import curves
from pages.widgets.digits import strip
from pages.widgets.fine_tuning_set import fine_tuning_set
from pages.widgets.guarded import errors_shown, guarded, once
from pages.widgets.label_issues import label_issues_after
from pages.widgets.live_chart import live_chart
from pages.widgets.text import escape

SHOWN = 24


def before_after(job: Job, report: FineTuneReport) -> None:
    """Show the report of a completed fine-tuning.

    If its drawings, its candidate or the kept model are unreadable, an error stands in their place.
    """
    run = Run.at(studio().workspace, job.id)
    first, *others = findings(report)
    if report.accepted:
        st.markdown(f"## :material/compare: {escape(headline(report))}")
        if report.drawings_right_before != report.drawings_right_after:
            st.caption(escape(first))
    else:
        st.warning(
            _(
                "{reason} **{base}** stays the active model.",
                reason=escape(report.reason),
                base=escape(report.base),
            ),
            icon=":material/shield:",
        )
    _decide(job, run, report)
    for warning in report.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    with errors_shown():
        _changes(run, report)
        label_issues_after(run, report)
    if report.learning_curve:
        st.markdown(f"**{_('Learning curve')}**")
        expected = forecast(report.learning_curve, report.learned)
        chart = charts.learning_curve(report.learning_curve, expected, report.learned)
        live_chart(chart, key=f"learning-curve-{job.id}", modebar=False)
    with st.expander(_("How sure is that?"), icon=":material/help:", expanded=not report.accepted):
        for sentence in context(report):
            st.caption(escape(sentence))
        _figures(report)
        said = others if report.accepted else [first, *others]
        st.markdown("\n".join(f"- {escape(finding)}" for finding in said))
    with st.expander(_("Training curves"), icon=":material/show_chart:"):
        curves(run, f"result-{job.id}")


def _decide(job: Job, run: Run, report: FineTuneReport) -> None:
    """Keep and Discard, or what has become of the result."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if candidates.is_pending(run):
            with errors_shown():
                _offer_to_keep(run, report.gained)
            st.button(_("Discard"), key="discard", icon=":material/close:", on_click=once(_discard), args=(run,))
        else:
            if job.model_id:
                with errors_shown():
                    _kept(job.model_id, report.base_id)
            st.button(_("Close"), key="close", on_click=guarded(_dismiss), args=(job.id,))


def _offer_to_keep(run: Run, gained: bool) -> None:
    """Raises:
    UnreadableError: nothing can be kept, because the candidate's card is damaged or another version wrote it.
    """
    candidates.pending(run)
    st.button(
        _("Keep"), key="keep", icon=":material/check:", type="primary" if gained else "secondary",
        on_click=once(_keep), args=(run,),
        help=_("The fine-tuned model becomes the active model. The base stays on the Models page."),
    )  # fmt: skip


def _kept(model_id: str, base_id: str) -> None:
    """Raises:
    UnreadableError: the model's card is damaged or another version wrote it.
    """
    registry = studio().registry
    model = registry.get(model_id)
    kept = _("Kept as **{name}**.", name=escape(model.name))
    st.markdown(f":green[:material/check:] {kept}", width="content")
    if registry.active().id != model_id:
        st.page_link("pages/models.py", label=_("Not active: see Models"), icon=":material/deployed_code:")
        return
    st.page_link("pages/draw.py", label=_("Try it"), icon=":material/draw:")
    if base_id in [each.id for each in registry.all()]:
        st.button(
            _("Undo"), key="undo-keep", icon=":material/undo:", on_click=once(_undo), args=(base_id,),
            help=_("The base becomes the active model. The new one stays on the Models page."),
        )  # fmt: skip


def _figures(report: FineTuneReport) -> None:
    count = report.judged
    before, after = Accuracy(report.drawings_right_before, count), Accuracy(report.drawings_right_after, count)
    columns = st.columns(4)
    with columns[0]:
        st.metric(_("Your drawings, before"), f"{before.share:.1%}")
        st.caption(_interval(before))
    with columns[1]:
        st.metric(_("Your drawings, after"), f"{after.share:.1%}", _delta(after.share - before.share, 1))
        st.caption(_interval(after))
    if report.mnist_before is None or report.mnist_after is None:
        columns[2].caption(
            _(
                "MNIST is not on this machine, so the accuracy on MNIST is unknown. The fine-tuning replayed synthetic "
                "digits and measured forgetting on them. To measure it on MNIST, import MNIST on the Train page and "
                "fine-tune again."
            )
        )
        return
    columns[2].metric(_("MNIST test set, before"), f"{report.mnist_before:.2%}")
    difference = report.mnist_after - report.mnist_before
    columns[3].metric(_("MNIST test set, after"), f"{report.mnist_after:.2%}", _delta(difference, 2))


def _delta(difference: float, places: int) -> str | None:
    """In percentage points; None, which shows nothing, if nothing changed."""
    if not difference:
        return None
    return _("{difference} points", difference=f"{100 * difference:+.{places}f}")


def _interval(accuracy: Accuracy) -> str:
    low, high = accuracy.interval
    return _(
        "{right:,} of {count:,}; 95% confidence interval {low:.0%} to {high:.0%}",
        right=accuracy.right, count=accuracy.count, low=low, high=high,
    )  # fmt: skip


def _changes(run: Run, report: FineTuneReport) -> None:
    corrected = [each for each in report.changed if each.after == each.label]
    spoiled = [each for each in report.changed if each.before == each.label]
    if not corrected and not spoiled:
        return
    left, right = st.columns(2)
    with left:
        _group(_("Wrong before, correct now: {count:,}", count=len(corrected)), corrected, run)
    with right:
        _group(_("Correct before, wrong now: {count:,}", count=len(spoiled)), spoiled, run)


def _group(title: str, changes: list[Change], run: Run) -> None:
    st.markdown(f"**{title}**")
    if shown := changes[:SHOWN]:
        drawings = fine_tuning_set(run, [each.drawing for each in shown])
        strip(images(drawings), [f"{each.before} → {each.after}" for each in shown])


def _keep(run: Run) -> None:
    model = candidates.keep(studio().workspace, run)
    outcome = model.without_onnx or _("{name} is now the active model. Draw to try it.", name=model.name)
    st.toast(escape(outcome), icon=":material/check:")


def _undo(base_id: str) -> None:
    model = studio().registry.activate(base_id)
    st.toast(_("{model} is the active model.", model=escape(model.name)), icon=":material/undo:")


def _discard(run: Run) -> None:
    candidates.discard(run)
    _dismiss(run.id)


def _dismiss(job_id: str) -> None:
    st.session_state["fine_tune.dismissed"] = job_id
