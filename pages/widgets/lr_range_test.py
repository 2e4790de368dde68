"""The learning-rate range test: a button that starts it, its curve, and a button that uses its suggestion.

The database holds the test, so a reload shows it again, and the whole workspace has one.
"""

from collections.abc import Callable

import streamlit as st

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _, sentences
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import charts
from mnist_core.evaluation.reports import LearningRateReport
from mnist_core.jobs import preflight
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.guarded import guarded_fragment, once
from pages.widgets.live_chart import live_chart
from pages.widgets.run_view import tell
from pages.widgets.text import escape

ENOUGH = 100
"""More tests than there can be."""


def lr_range_test(config: TrainConfig, use: Callable[[float], None], *, disabled: bool) -> None:
    """Show a button that starts the test, then its progress, then its result.

    Args:
        use: is called with the suggested rate when the user accepts it.
    """
    job = _shown()
    waiting = job is not None and job.unfinished
    st.button(
        _("Find a learning rate"), icon=":material/query_stats:", width="stretch", key="lr_range_test.start",
        disabled=disabled or waiting, on_click=once(_start), args=(config,),
        help=_(
            "A learning-rate range test: a short training in which the rate rises from step to step. It takes a few "
            "seconds."
        ),
    )  # fmt: skip
    if job is None:
        return
    with st.container(border=True):
        if waiting:
            guarded_fragment(_under_way, run_every=0.5)(job.id)
        elif job.state == "completed":
            _outcome(job, config, use)
        else:
            outcome = job.outcome(_("The learning-rate range test"))
            st.warning(sentences([outcome, escape(job.message)]), icon=":material/warning:")
            st.button(_("Close"), on_click=once(_close), key="lr_range_test.close")


def _shown() -> Job | None:
    """The test that waits or runs, else the newest one. The others are deleted: they have nothing worth keeping."""
    here = studio()
    tests = here.jobs.page(limit=ENOUGH, kinds=("lr_find",))
    shown = next((each for each in reversed(tests) if each.unfinished), tests[0] if tests else None)
    for job in tests:
        if job != shown and not job.unfinished:
            here.jobs.delete(job.id)
    return shown


def _start(config: TrainConfig) -> None:
    _close()
    here = studio()
    here.jobs.submit("lr_find", config)
    here.runner.poke()


def _under_way(job_id: str) -> None:
    here = studio()
    job = _shown()
    if job is None or job.id != job_id or not job.unfinished:
        st.rerun()
    run = Run.at(here.workspace, job_id)
    progress = run.progress()
    share = progress.step / progress.total_steps if progress.total_steps else 0.0
    st.progress(share, _("Queued…") if job.state == "queued" else progress.phase_text)
    if job.state == "queued":
        st.button(_("Cancel"), key="lr_range_test.cancel", on_click=once(here.jobs.delete), args=(job_id,))
    else:
        st.button(_("Stop"), key="lr_range_test.stop", on_click=once(tell), args=(run, "discard"))


def _outcome(job: Job, config: TrainConfig, use: Callable[[float], None]) -> None:
    run = Run.at(studio().workspace, job.id)
    report = run.report_as(LearningRateReport)
    if report is None:
        return
    rate = report.suggested_learning_rate
    st.markdown(f"**{_('Suggested learning rate: {rate:g}', rate=rate)}**")
    live_chart(charts.range_test(run.records(), rate), key="range-test", height=240, modebar=False)
    st.caption(
        _("This is a tenth of the rate with the smallest loss. At higher rates the loss rises and then explodes.")
    )
    if _differs(run, config):
        st.caption(f":material/info: {_('The settings have changed since this test.')}")
    with st.container(horizontal=True):
        st.button(_("Use {rate:g}", rate=rate), key="lr_range_test.use", on_click=once(_use), args=(use, rate))
        st.button(_("Close"), on_click=once(_close), key="lr_range_test.close")


def _differs(run: Run, config: TrainConfig) -> bool:
    """Whether the form has other settings than the test, apart from the learning rate."""
    tested = run.config()
    try:
        asked = preflight.settled(config, studio().workspace)
    except StudioError:  # the form names a model that is missing or unreadable
        return True
    return tested != asked.model_copy(update={"learning_rate": getattr(tested, "learning_rate", None)})


def _use(use: Callable[[float], None], rate: float) -> None:
    use(rate)
    _close()


def _close() -> None:
    """Delete the test, unless it is under way: another tab may have started one meanwhile."""
    if (job := _shown()) is not None and not job.unfinished:
        studio().jobs.delete(job.id)
