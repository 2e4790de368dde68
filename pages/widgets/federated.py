"""What a federated model is worth to each of its clients: a chart, and the figures as a table."""

from typing import Any

import streamlit as st

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import Text, _, sentences
from mnist_core.evaluation.federated import WAYS, gain
from mnist_core.evaluation.federated_chart import chart, height
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.guarded import show_error
from pages.widgets.live_chart import live_chart
from pages.widgets.table import harmless

KINDS = ("federate", "federate_serve")


def clients_of(job: Job) -> None:
    """The clients of a run of federated learning that has ended with a model; nothing for any other run."""
    if job.kind not in KINDS or not job.model_id:
        return
    try:
        report = Run.at(studio().workspace, job.id).report_as(FederateReport)
    except UnreadableError as error:
        show_error(error)
        return
    if report is None:
        return
    st.markdown(f"## {_('Clients')}")
    st.markdown(_said(report))
    live_chart(chart(report.clients), key=f"federated-{job.id}", height=height(len(report.clients)))
    with st.expander(_("As a table"), key="federated.table", icon=":material/table:"):
        columns: dict[str, Any] = {_(name): st.column_config.NumberColumn(format="percent") for name in WAYS.values()}
        st.dataframe(harmless([_row(each) for each in report.clients]), hide_index=True, column_config=columns)


def _row(client: Any) -> dict[str, Any]:
    shares: dict[str, Any] = {_(name): client.share(way) for way, name in WAYS.items()}
    return {_("Client"): client.name, _("Learned"): client.trained, _("Held out"): client.held_out, **shares}


def _said(report: FederateReport) -> Text:
    said = []
    if found := gain(report.clients, "federated"):
        said.append(
            _(
                "Federated learning changed the mean accuracy by {gain:+.2f} points (95% interval: {low:+.2f} to "
                "{high:+.2f}).",
                gain=100 * found[0], low=100 * found[1], high=100 * found[2],
            )
        )  # fmt: skip
    if report.epsilon is not None and report.delta is not None:
        said.append(
            _(
                "Differential privacy of the weights: ε = {epsilon:.3g} at δ = {delta:g}.",
                epsilon=report.epsilon,
                delta=report.delta,
            )
        )
    if not report.accepted:
        said.append(_("The model did not pass the acceptance test."))
    return sentences(said)
