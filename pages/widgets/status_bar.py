"""The line above every page: the active model, the trainer, the job under way."""

from typing import Literal

import streamlit as st

from mnist_core.jobs.job import Job, State
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.guarded import guarded_fragment, tell_failures
from pages.widgets.text import escape

COLOURS: dict[State, Literal["gray", "blue", "orange", "green", "red"]] = {
    "queued": "gray",
    "starting": "blue",
    "running": "blue",
    "paused": "orange",
    "completed": "green",
    "stopped": "gray",
    "failed": "red",
    "interrupted": "orange",
}
GPU = {"use": "{:.0f} %", "memory_gib": "{:.1f} GiB", "temperature": "{:.0f} °C"}
"""The formats of a GPU's figures; not every GPU reports all of them."""


def show() -> None:
    """Draw the bar. It updates every second while a job is under way, otherwise every three seconds."""
    guarded_fragment(_bar, run_every=1.0 if studio().jobs.active() else 3.0)()


def _bar() -> None:
    tell_failures()
    here = studio()
    unfinished = here.jobs.unfinished()
    job = next((each for each in unfinished if each.active), None)
    model = here.registry.active()
    with st.container(horizontal=True, vertical_alignment="center", key="status-bar"):
        figure = f" · {escape(model.card.tested)}" if model.card.tested else ""
        st.caption(f":material/deployed_code: **{escape(model.name)}**{figure}", width="content")
        if problem := here.registry.passed_over:
            st.caption(f":orange[:material/warning: {escape(problem)}]", width="content")
        if not here.runner.owns_workspace:
            st.caption(
                ":material/info: Another MNIST Studio has this workspace open and runs its trainings.", width="content"
            )
        if job is not None:
            _job(job, Run.at(here.workspace, job.id).progress())
        elif not here.runner.owns_workspace:
            pass
        elif here.runner.trouble:
            st.caption(
                f":red[:material/error: The trainer cannot start: {escape(here.runner.trouble)}]", width="content"
            )
        elif here.runner.standby_ready:
            st.caption(":material/bolt: Trainer ready", width="content")
        else:
            st.caption(":material/hourglass_top: Trainer warming up", width="content")
        if waiting := sum(each.state == "queued" for each in unfinished):
            st.caption(f":material/queue: {waiting} queued", width="content")


def _job(job: Job, progress: Progress) -> None:
    st.badge(job.state, color=COLOURS[job.state])
    st.caption(f"**{escape(job.name)}** · {describe(progress, paused=job.state == 'paused')}", width="content")


def describe(progress: Progress, *, paused: bool = False) -> str:
    """Phase, epoch, time left, speed, device, in one line; a paused run has neither speed nor time left."""
    if progress.phase != "training" or not progress.total_steps:
        return progress.phase or "starting"
    parts = [
        f"{progress.step / progress.total_steps:.0%}",
        f"epoch {progress.epoch} of {progress.epochs}",
        f"{duration(progress.eta_s)} left" if progress.eta_s is not None and not paused else "",
        f"{progress.images_per_s:,.0f} images/s" if progress.images_per_s and not paused else "",
        progress.device,
    ]
    if not paused and (
        gpu := [form.format(progress.gpu[figure]) for figure, form in GPU.items() if figure in progress.gpu]
    ):
        parts.append(f"GPU {', '.join(gpu)}")
    return " · ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """3 s, 2 min 5 s, 1 h 2 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
