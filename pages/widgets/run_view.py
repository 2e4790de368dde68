"""A run: progress, controls, live curves."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _, sentences
from mnist_core.jobs.job import RESUMABLE, Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Command, Run
from pages.studio import studio
from pages.widgets.curves import curves
from pages.widgets.guarded import guarded_fragment, once
from pages.widgets.status_bar import COLOURS, describe
from pages.widgets.text import escape

LOOK_S = 1.0
LOOK_AT_FIRST_S = 0.25
"""Until a run's first points. After that, once a second is enough and leaves the processor to the run."""
WATCH_S = 0.2
"""How often a page looks for the end alone, while a person waits for it."""


def run_view(job: Job) -> None:
    """The whole view. It updates itself while the job is under way and reruns the page at its end."""
    run = Run.at(studio().workspace, job.id)
    starting = job.state in ("starting", "running") or (job.state == "queued" and studio().jobs.active() is None)
    empty = not KINDS[job.kind].awaited and starting and run.has_curve and not run.has_records
    every = LOOK_AT_FIRST_S if empty else LOOK_S
    guarded_fragment(_view, run_every=every if job.unfinished else None)(job.id, job.state, empty)
    if KINDS[job.kind].awaited and job.active:
        guarded_fragment(current, run_every=WATCH_S)(job.id, job.state)


def current(job_id: str, state_before: str) -> Job:
    """The job as it is now. If it has begun or ended, or was discarded, the whole page runs again."""
    try:
        job = studio().jobs.get(job_id)
    except InputError:
        st.rerun()
    if job.state != state_before and not (job.active and state_before in ("starting", "running", "paused")):
        st.rerun()
    return job


def _view(job_id: str, state_before: str, empty_before: bool) -> None:
    job = current(job_id, state_before)
    run = Run.at(studio().workspace, job_id)
    progress = run.progress()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"## {escape(job.title)}", width="content")
        if job.state != "starting":  # the progress bar says that
            st.badge(job.state_text, color=COLOURS[job.state])
        if not job.active:
            st.caption(escape(job.message), width="content")
        if job.unfinished:
            controls(job, run)
    if job.unfinished:
        st.progress(progress.share_done, _stage(job, progress))
    for warning in progress.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    if run.has_curve:
        curves(run, job_id)
    if empty_before and run.has_records:
        st.rerun()  # from now on it updates less often


def _stage(job: Job, progress: Progress) -> str:
    """What it does, how far it is, and how long it takes."""
    if job.state == "queued":
        return _("Queued…")
    paused = job.state == "paused"
    figures = describe(progress, paused=paused) if progress.counts_steps else ""
    return " · ".join(each for each in (_("Paused") if paused else progress.phase_text, figures) if each)


def controls(job: Job, run: Run) -> None:
    """The buttons for a run that waits or is under way."""
    if job.state == "queued":
        st.button(
            _("Cancel"), icon=":material/close:", key=f"cancel-{job.id}", on_click=once(studio().jobs.delete),
            args=(job.id,),
        )  # fmt: skip
        return
    kind = KINDS[job.kind]
    if run.command() == "pause":
        _button(_("Resume"), ":material/play_arrow:", run, "run", job)
    elif not kind.awaited:
        _button(_("Pause"), ":material/pause:", run, "pause", job)
    if kind.stop_keeps:
        _button(_("Stop and keep"), ":material/stop:", run, "stop", job, _(kind.stop_keeps))
        deleted = _("Ends now and deletes the run.")
        _button(_("Stop and discard"), ":material/delete:", run, "discard", job, deleted)
    else:
        unchanged = _("Ends now and deletes the run. The active model does not change.")
        _button(_("Stop"), ":material/stop:", run, "discard", job, unchanged)
    if run.command() in ("stop", "discard"):  # it obeys only when its network has been built
        st.caption(_("Stopping…"), width="content")


def tell(run: Run, command: Command) -> None:
    """Send a command to a run.

    Raises:
        StudioError: the run was discarded.
    """
    if not run.folder.exists():
        raise StudioError(_("This run was discarded."))
    run.tell(command)


def _button(label: str, icon: str, run: Run, command: Command, job: Job, help_text: str | None = None) -> None:
    key, told = f"{command}-{job.id}", run.command() == command
    st.button(label, icon=icon, on_click=once(tell), args=(run, command), help=help_text, key=key, disabled=told)


def ended_early(job: Job, *, dismissible: bool = True) -> None:
    """For a run that ended before it left a model: what happened, and buttons for what a person can do.

    Args:
        dismissible: whether a person can dismiss it; then it does not come back.
    """
    run = Run.at(studio().workspace, job.id)
    if job.state not in (*RESUMABLE, "stopped") or job.model_id is not None:
        return
    if dismissible and run.command() == "dismiss":
        return
    readable = run.is_readable
    resumable = job.state in RESUMABLE and readable
    icon = ":material/restart_alt:" if resumable else ":material/stop_circle:"
    what = (
        escape(job.message)
        if readable
        else _("Its settings cannot be read, so it cannot be resumed. You can delete it on the Runs page.")
    )
    st.warning(sentences([job.outcome(f"**{escape(job.title)}**"), what]), icon=icon)
    with st.container(horizontal=True):
        if resumable:
            word = _("Resume") if run.can_go_on else _("Start again")
            st.button(
                word, icon=":material/play_arrow:", key=f"resume-{job.id}", type="primary",
                on_click=once(_resume), args=(job.id,),
            )  # fmt: skip
        if dismissible and run.folder.exists():
            st.button(_("Dismiss"), key=f"dismiss-{job.id}", on_click=once(dismiss), args=(job.id,))
        elif dismissible:
            st.button(_("Delete"), key=f"delete-{job.id}", on_click=once(studio().jobs.delete), args=(job.id,))


def interrupted(jobs: Sequence[Job]) -> None:
    """Those of these runs that were interrupted, each until it is resumed or dismissed."""
    for job in jobs:
        if job.state == "interrupted":
            ended_early(job)


def _resume(job_id: str) -> None:
    studio().jobs.resume(job_id)
    studio().runner.poke()


def dismiss(job_id: str) -> None:
    """Show no more how a run has ended, on this page and on those to come."""
    Run.at(studio().workspace, job_id).tell("dismiss")
