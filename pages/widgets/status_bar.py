"""The line above every page: the active model, the trainer, the job under way."""

from typing import Literal

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.language import _, n_
from mnist_core.jobs.job import STATES, Job, State
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import notices
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
GPU = {"use": "{:.0f}%", "memory_gib": "{:.1f} GiB", "temperature": "{:.0f} °C"}
"""The formats of a GPU's figures; not every GPU reports all of them."""


def show() -> None:
    """Draw the bar. It updates every second while a job is under way, otherwise every three seconds."""
    guarded_fragment(_bar, run_every=1.0 if studio().jobs.active() else 3.0)()


def _bar() -> None:
    tell_failures()
    if notices.look():
        st.rerun()  # the navigation has a mark then
    notices.tell_tab()
    here = studio()
    unfinished = here.jobs.unfinished()
    job = next((each for each in unfinished if each.active), None)
    model = here.registry.active()
    with st.container(horizontal=True, vertical_alignment="center", key="status-bar"):
        figure = f" · {escape(model.card.measured)}" if model.card.measured else ""
        _item(f":material/deployed_code: **{escape(model.title)}**{figure}")
        if problem := here.registry.passed_over:
            _item(f":orange[:material/warning: {escape(problem)}]")
        if not here.runner.owns_workspace:
            _item(f":material/info: {_('Another MNIST Studio has this workspace open and runs its jobs.')}")
        if job is not None:
            _job(job, Run.at(here.workspace, job.id).progress())
        elif here.runner.owns_workspace:
            _trainer(here.runner.trouble, ready=here.runner.standby_ready)
        if waiting := sum(each.state == "queued" for each in unfinished):
            _item(f":material/queue: {n_('{n} queued', '{n:,} queued', waiting)}")
        notices.links()


def _trainer(trouble: str, *, ready: bool) -> None:
    """
    Args:
        trouble: why the trainer cannot start; empty if it can.
    """
    if trouble:
        _item(f":red[:material/error: {_('The trainer cannot start: {reason}', reason=escape(trouble))}]")
    elif ready:
        _item(f":material/bolt: {_('Trainer ready')}")
    else:
        _item(f":material/hourglass_top: {_('Trainer warming up')}")


def _job(job: Job, progress: Progress) -> None:
    name = f"**{escape(job.title)}**"
    if job.state == "starting":
        _item(f"{name} · {progress.phase_text}")
        return
    st.badge(_(STATES[job.state]), color=COLOURS[job.state])
    _item(f"{name} · {describe(progress, paused=job.state == 'paused')}")


def _item(text: str) -> None:
    st.caption(text, width="content")


def describe(progress: Progress, *, paused: bool = False) -> str:
    """Phase, epoch, time left, speed, device, in one line; a paused run has neither speed nor time left."""
    if not progress.counts_steps:
        return progress.phase_text
    parts = [
        "" if progress.phase == "training" else progress.phase_text,
        f"{progress.share_done:.0%}",
        _("epoch {epoch} of {epochs}", epoch=progress.epoch, epochs=progress.epochs),
        *([] if paused else _speed(progress)),
        progress.device,
    ]
    if not paused and (
        gpu := [form.format(progress.gpu[figure]) for figure, form in GPU.items() if figure in progress.gpu]
    ):
        parts.append(f"GPU {', '.join(gpu)}")
    return " · ".join(part for part in parts if part)


def _speed(progress: Progress) -> list[str]:
    """The time left and the speed, where they are known."""
    parts: list[str] = []
    if progress.eta_s is not None:
        parts.append(_("{duration} left", duration=duration(progress.eta_s)))
    if progress.images_per_s:
        parts.append(_("{speed:,.0f} images/s", speed=progress.images_per_s))
    return parts
