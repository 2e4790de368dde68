"""Which runs the Runs page lists: search, filters, order, and whether the seeds of one config are one row."""

from functools import partial

import streamlit as st

from mnist_core.common.language import _
from mnist_core.jobs.job import STATES, Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.runs import Run, data_text
from mnist_core.jobs.summary import FACETS, ORDERS, Figures, Summary, chosen
from pages.language import keep_choice
from pages.studio import studio

ENDED = ("completed", "stopped", "failed", "interrupted")
ORDER = "runs.order"


def summaries(jobs: list[Job]) -> list[Summary]:
    """What the list shows of each; an ended run does not change until it is resumed and ends in another way."""
    return [
        Summary(job, _ended(job.id, job.kind, (job.state, job.model_id)) if job.state in ENDED else _figures(job))
        for job in jobs
    ]


@st.cache_resource(show_spinner=False, max_entries=20_000)
def _ended(job_id: str, kind: str, end: tuple[str, str | None]) -> Figures:  # noqa: ARG001 - a part of the key
    return Figures.of(Run.at(studio().workspace, job_id), kind)


def _figures(job: Job) -> Figures:
    return Figures.of(Run.at(studio().workspace, job.id), job.kind)


def wanted(runs: list[Summary]) -> tuple[list[Summary], bool]:
    """Show the controls; return the runs that a person wants to see, in order, and whether seeds are one row."""
    keep_choice(ORDER)
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs.tools"):
        text = st.text_input(
            _("Search"), key="runs.text", placeholder=_("name, note, tag, data …"), icon=":material/search:", width=240,
        )  # fmt: skip
        order = st.selectbox(
            _("Order"), list(ORDERS), format_func=lambda code: _(ORDERS[code][0]), key=ORDER, width=240
        )
        facets = _facets(runs)
        together = st.toggle(
            _("Seeds together"), key="runs.together",
            help=_(
                "Completed runs whose settings differ only in the seed become one row, with the mean and the standard "
                "deviation of their accuracies."
            ),
        )  # fmt: skip
    return chosen(runs, facets, text, order), together


def _facets(runs: list[Summary]) -> dict[str, list[str]]:
    """The popover with one choice for each facet that has several values; code of a facet → wanted values."""
    values = {facet: sorted({each for run in runs for each in of(run)}) for facet, (_title, of) in FACETS.items()}
    active = sum(len(st.session_state.get(f"runs.{facet}", ())) for facet in FACETS)
    title = _("Filter ({n:,})", n=active) if active else _("Filter")
    found = {}
    with st.popover(title, icon=":material/filter_list:", key="runs.filter"):
        for facet, (name, _of) in FACETS.items():
            if not values[facet]:
                continue
            found[facet] = st.multiselect(
                _(name), values[facet], key=f"runs.{facet}", placeholder=_("all"),
                format_func=partial(_text, facet),
            )  # fmt: skip
    return found


def _text(facet: str, value: str) -> str:
    """What people call a facet's value."""
    match facet:
        case "kind":
            return _(KINDS[value].noun) if value in KINDS else value
        case "state":
            return next(_(text) for state, text in STATES.items() if state == value)
        case "data":
            return data_text(value)
    return value
