"""The learning-rate range test: asked for with one click, its curve, and its suggestion put into the form."""

from collections.abc import Callable

import streamlit as st

from mnist_core import charts
from mnist_core.config import TrainConfig
from mnist_core.jobs import Job
from mnist_core.runs import Run
from pages.studio import studio
from pages.widgets.guarded import guarded
from pages.widgets.live_chart import live_chart

SHOWN = "rates.shown"
"""The session's key for the test whose outcome is shown."""


def rate_finder(config: TrainConfig, use: Callable[[float], None], *, disabled: bool) -> None:
    """A button, and once it was pressed what became of it.

    Args:
        use: takes the suggested rate when the user agrees.
    """
    st.button(
        "Find a learning rate", icon=":material/query_stats:", width="stretch", disabled=disabled,
        on_click=guarded(_start), args=(config,),
        help="A short training whose rate rises from step to step shows how high it may be. Takes a few seconds.",
    )  # fmt: skip
    newest = next(iter(studio().jobs.page(limit=1, kinds=("rates",))), None)
    if newest is None or newest.id != st.session_state.get(SHOWN):
        return
    with st.container(border=True):
        if newest.active or newest.state == "queued":
            st.fragment(_under_way, run_every=0.5)(newest.id)
        elif newest.state == "completed":
            _outcome(newest, use)
        else:
            st.warning(f"The test was {newest.state}. {newest.message}", icon=":material/warning:")


def _start(config: TrainConfig) -> None:
    here = studio()
    st.session_state[SHOWN] = here.jobs.submit("rates", config).id
    here.runner.poke()


def _under_way(job_id: str) -> None:
    here = studio()
    job, run = here.jobs.get(job_id), Run.at(here.workspace, job_id)
    if not (job.active or job.state == "queued"):
        st.rerun()
    progress = run.progress()
    share = progress.step / progress.total_steps if progress.total_steps else 0.0
    st.progress(share, "Waiting for its turn…" if job.state == "queued" else progress.phase or "Starting…")
    if job.state == "queued":
        st.button("Cancel", on_click=guarded(here.jobs.delete), args=(job_id,))
    else:
        st.button("Stop", on_click=guarded(run.tell), args=("discard",))


def _outcome(job: Job, use: Callable[[float], None]) -> None:
    run = Run.at(studio().workspace, job.id)
    report = run.report()
    if report is None:
        return
    rate = report["suggested_learning_rate"]
    st.markdown(f"**Suggested learning rate: {rate:g}**")
    live_chart(charts.range_test(run.records(), rate), key="range-test", height=240, modebar=False)
    st.caption("A tenth of the rate at which the loss is smallest: beyond that it rises, and then explodes.")
    with st.container(horizontal=True):
        st.button(f"Use {rate:g}", type="primary", on_click=_use, args=(use, rate))
        st.button("Close", on_click=_close, key="rates.close")


def _use(use: Callable[[float], None], rate: float) -> None:
    use(rate)
    _close()


def _close() -> None:
    st.session_state.pop(SHOWN, None)
