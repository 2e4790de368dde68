"""A compression's models: a chart of accuracy over size, a table, and Keep for each."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, sentences
from mnist_core.evaluation.compression import CompressedPoint
from mnist_core.evaluation.reports import CompressReport
from mnist_core.evaluation.trade_off import ACCURACIES, SIZES, accuracies, decimals, lost, score, share_of, suggested
from mnist_core.evaluation.trade_off_chart import trade_off
from mnist_core.jobs import points
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from mnist_core.models.card import dataset_title
from mnist_core.models.model import Model
from pages.studio import studio
from pages.widgets.curves import curves
from pages.widgets.guarded import once, show_error
from pages.widgets.kept_or_keep import kept_or_keep
from pages.widgets.live_chart import live_chart
from pages.widgets.table import table
from pages.widgets.text import escape

SHOWN = "compress.run"
"""The session-state key of the id of the run whose models the page shows."""


def has_points(job: Job) -> bool:
    """Whether it has ended with models, even if a person stopped it."""
    return job.kind == "compress" and (job.state == "completed" or (job.state == "stopped" and not job.cause))


def title(job: Job) -> str:
    """What a list of compressions calls it: the model, and the name or the time of the compression."""
    try:
        report = Run.at(studio().workspace, job.id).report_as(CompressReport)
    except UnreadableError:
        report = None
    return job.title if report is None else _("{model}: {compression}", model=report.base, compression=job.title)


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    id: str
    """The key of the point."""
    point: CompressedPoint


def compressed(job: Job) -> None:
    """Show the report of a compression that has ended."""
    run = Run.at(studio().workspace, job.id)
    try:
        report = run.report_as(CompressReport)
    except UnreadableError as error:
        show_error(error)
        return
    if report is None:
        return
    st.markdown(f"## :material/scatter_plot: {_('Smaller versions of {model}', model=escape(report.base))}")
    st.caption(_measured(report))
    for warning in report.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    accuracy = _chart(job, report)
    waiting = {card.compression.point.key: card for card in points.cards(run) if card.compression}
    kept = points.kept(studio().workspace, run)
    chosen = _table(job, report, accuracy, kept)
    kept_or_keep(run, chosen, report.points[0], accuracy, waiting.get(chosen.key), kept.get(chosen.key))
    if waiting:
        _offer_to_discard(run)
    elif len(report.points) > 1:
        st.caption(_("The models of this compression were discarded. Those that were kept are on the Models page."))
    if run.has_records:
        with st.expander(_("Training curves"), icon=":material/show_chart:"):
            curves(run, f"result-{job.id}")


def _measured(report: CompressReport) -> str:
    """On what, for how long, and whether it is complete."""
    count = report.points[0].validation.count
    said = [
        _(
            "Validated on {count:,} images of {dataset}. All models were timed in turns, on one core.",
            count=count,
            dataset=escape(dataset_title(report.dataset)),
        ),
        _("The compression took {duration}.", duration=duration(report.total_seconds)),
    ]
    if report.stopped:
        said.append(_("It was stopped early, so some models are missing."))
    return sentences(said)


def _chart(job: Job, report: CompressReport) -> str:
    """The chart, and two controls that choose its axes.

    Returns:
        The accuracy that a person chose.
    """
    measured = accuracies(report.points)
    pruned = any(step.kind == "pruned" for each in report.points for step in each.steps)
    with st.container(horizontal=True):
        accuracy = st.segmented_control(
            _("Accuracy on"), measured, format_func=lambda name: _(ACCURACIES[name]), default=measured[0],
            key=f"compress.accuracy-{job.id}", required=True, width="content",
            help=_("Choose a model by the validation images. The other images then tell how good it is."),
        )  # fmt: skip
        size = st.segmented_control(
            _("Size"), [*SIZES], format_func=lambda name: _(SIZES[name]), default="zipped" if pruned else "bytes",
            key=f"compress.size-{job.id}", required=True, width="content",
            help=_("Pruning makes the file smaller only when it is zipped: zeros take little room there."),
        )  # fmt: skip
    live_chart(trade_off(report.points, accuracy, size), key=f"trade-off-{job.id}", height=400)
    st.caption(_("The band is the 95% confidence interval of the accuracy of the model itself."))
    return accuracy


def _table(job: Job, report: CompressReport, accuracy: str, kept: dict[str, Model]) -> CompressedPoint:
    """All points; returns the one that a person selects."""
    base = report.points[0]
    rows = [Row(each.key, each) for each in report.points]
    default = suggested(report.points)
    columns: dict[str, Any] = {
        "made": _("What was done"),
        **{
            name: st.column_config.NumberColumn(_(ACCURACIES[name]), format="%.2f%%")
            for name in accuracies(report.points)
        },
        "points": st.column_config.NumberColumn(
            _("Difference in percentage points"), format=f"%+.{decimals(base, accuracy)}f",
            help=_("Of the accuracy that is chosen above."),
        ),
        "size": st.column_config.NumberColumn(_("Size"), format="%.0f kB"),
        "share": st.column_config.NumberColumn(_("Share of the size"), format="%.0f%%"),
        "zipped": st.column_config.NumberColumn(_("Zipped"), format="%.0f kB"),
        "time": st.column_config.NumberColumn(_("Time for an image"), format="%.3f ms"),
        "speed": st.column_config.NumberColumn(_("Speed"), format="%.1f×"),
        "kept": _("Kept as"),
    }  # fmt: skip
    values = [_row(each, base, accuracy, kept.get(each.key)) for each in report.points]
    chosen = table(
        rows, values, key=f"compress.points-{job.id}", mode="single-row", columns=columns, default=default.key
    )
    return chosen[0].point if chosen else default


def _row(point: CompressedPoint, base: CompressedPoint, accuracy: str, kept: Model | None) -> dict[str, Any]:
    loss = lost(point, base, accuracy)
    found = {name: score(point, name) for name in accuracies([base])}
    return {
        "made": point.text,
        **{name: 100 * each.share if each else None for name, each in found.items()},
        "points": None if loss is None else -100 * loss,
        "size": point.bytes / 1000,
        "share": 100 * share_of(point, base, "bytes"),
        "zipped": point.zipped / 1000,
        "time": point.milliseconds,
        "speed": 1 / share_of(point, base, "milliseconds"),
        "kept": kept.name if kept else None,
    }


def _offer_to_discard(run: Run) -> None:
    with st.popover(_("Discard all"), icon=":material/delete:", key="compress.discard-all"):
        st.write(_("This deletes the models that were not kept. The figures stay. It cannot be undone."))
        st.button(_("Discard"), type="primary", key="compress.discard", on_click=once(points.discard), args=(run,))
