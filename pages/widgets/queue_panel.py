"""The queue: what runs, what waits and in which order, and what has just ended."""

import time
from typing import Any

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _
from mnist_core.config.differences import differences
from mnist_core.config.fields import Config
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs import waiting
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import config_form
from pages.widgets.guarded import guarded, guarded_fragment, once
from pages.widgets.run_view import tell
from pages.widgets.status_bar import COLOURS
from pages.widgets.text import escape

FORM = "train"
LOOK_S = 1.0
RECENT, RECENT_S = 3, 600
"""So many ended jobs are shown, for so many seconds after their end."""
SETTINGS = 4
"""So many settings tell a training from the others."""
DUPLICATED = "queue.duplicated"
"""The session-state key of the run whose settings have just been put into Train's form."""


def queue_panel(*, without: str = "") -> None:
    """Shown if there is anything in it, apart from the run `without`, which the page shows itself.

    Args:
        without: the id of that run.
    """
    every = LOOK_S if studio().jobs.unfinished() else None
    guarded_fragment(_panel, run_every=every)(without)


def tell_wait() -> None:
    """Say that what is started now has to wait, and about how long."""
    here = studio()
    if (wait := waiting.before(here.workspace, here.jobs.unfinished())) is not None:
        said = _("Starts after {run}. {time}", run=f"**{escape(wait.after.title)}**", time=wait.text)
        st.caption(f":material/hourglass_top: {said}")


def taken_from() -> str:
    """The name of the run whose settings have just been put into Train's form; empty if there is none. Asked once."""
    return str(st.session_state.pop(DUPLICATED, ""))


def _panel(without: str) -> None:
    if DUPLICATED in st.session_state:
        if st.session_state["page"] == "train":
            st.rerun()  # the form is outside this fragment
        st.switch_page("pages/train.py")
    here = studio()
    unfinished = here.jobs.unfinished()
    ended = [job for job in here.jobs.page(limit=RECENT, kinds=tuple(KINDS)) if _has_just_ended(job)]
    if all(job.id == without for job in unfinished):
        return
    shown = [job for job in (*unfinished, *ended) if job.id != without]
    settings = _distinctive([*unfinished, *ended])
    waits = [job.id for job in unfinished if job.state == "queued"]
    with st.container(border=True, key="queue"):
        st.markdown(f"**{_('Queue')}**")
        for job in shown:
            with st.container(horizontal=True, vertical_alignment="center", key=f"queue-row-{job.id}"):
                _row(job, unfinished, waits, settings.get(job.id, ""))


def _has_just_ended(job: Job) -> bool:
    if job.unfinished:
        return False
    try:
        ended = (Run.at(studio().workspace, job.id).folder / "status.json").stat().st_mtime
    except FileNotFoundError:
        return False
    return time.time() - ended < RECENT_S


def _distinctive(jobs: list[Job]) -> dict[str, str]:
    """Id of a training that has the name of another one → the settings in which they differ."""
    trainings = [job for job in jobs if job.kind == "train"]
    found = differences([_config(job) for job in trainings], without=("name",))[:SETTINGS]
    titles = [job.title for job in trainings]
    return {
        job.id: ", ".join(f"{each.label}: {each.values[place]}" for each in found)
        for place, job in enumerate(trainings)
        if titles.count(job.title) > 1
    }


def _config(job: Job) -> tuple[type[Config], dict[str, Any]] | None:
    """Its settings; None if they are unreadable."""
    try:
        config = Run.at(studio().workspace, job.id).config()
    except UnreadableError:
        return None
    return type(config), config.model_dump()


def _row(job: Job, unfinished: list[Job], waits: list[str], settings: str) -> None:
    """
    Args:
        settings: those that tell it from others of its name.
    """
    here = studio()
    run = Run.at(here.workspace, job.id)
    st.badge(job.state_text, color=COLOURS[job.state])
    st.markdown(f"**{escape(job.title)}**", width="content")
    said = (job.kind_text, escape(settings), _said(job, unfinished))
    st.caption(" · ".join(each for each in said if each), width="content")
    if job.active:
        st.progress(run.progress().share_done, width=160)
        _stop(job, run)
    elif job.state == "queued":
        _order(job.id, waits)
        st.button(
            _("Cancel"), key=f"queue.cancel-{job.id}", icon=":material/close:", on_click=once(here.jobs.delete),
            args=(job.id,),
        )  # fmt: skip
    if job.kind == "train":
        st.button(
            _("Duplicate"), key=f"queue.duplicate-{job.id}", icon=":material/content_copy:", on_click=once(_duplicate),
            args=(job,), help=_("Puts its settings into the form, so that you can change one and train again."),
        )  # fmt: skip


def _said(job: Job, unfinished: list[Job]) -> str:
    """Its stage and the time left, when it starts, or how it ended."""
    here = studio()
    if job.active:
        progress = Run.at(here.workspace, job.id).progress()
        left = progress.eta_s
        said = _("{duration} left", duration=duration(left)) if left and job.state != "paused" else ""
        return " · ".join(each for each in (str(progress.phase_text), said) if each)
    if job.state == "queued" and (wait := waiting.before(here.workspace, unfinished, job.id)) is not None:
        return wait.start_text
    return escape(job.message)


def _stop(job: Job, run: Run) -> None:
    kind = KINDS[job.kind]
    command, label = ("stop", _("Stop and keep")) if kind.stop_keeps else ("discard", _("Stop"))
    st.button(
        label, key=f"queue.stop-{job.id}", icon=":material/stop:", on_click=once(tell), args=(run, command),
        help=_(kind.stop_keeps) if kind.stop_keeps else _("Ends now and deletes the run."),
    )  # fmt: skip


def _order(job_id: str, waits: list[str]) -> None:
    """Buttons that move a waiting job up and down."""
    if len(waits) < 2:
        return
    move = studio().jobs.move
    for up, label, icon, end in (
        (True, _("Up"), ":material/arrow_upward:", waits[0]),
        (False, _("Down"), ":material/arrow_downward:", waits[-1]),
    ):
        st.button(
            label, key=f"queue.{'up' if up else 'down'}-{job_id}", icon=icon, on_click=guarded(move), args=(job_id,),
            kwargs={"up": up}, disabled=job_id == end,
        )  # fmt: skip


def _duplicate(job: Job) -> None:
    """Raises:
    UnreadableError: its settings are those of another version.
    """
    config = Run.at(studio().workspace, job.id).config()
    if not isinstance(config, TrainConfig):
        raise UnreadableError(_("The settings of {run} cannot be read.", run=job.title))
    config_form.set_values(FORM, TrainConfig, config.model_dump(exclude={"name"}))
    st.session_state[DUPLICATED] = job.title
