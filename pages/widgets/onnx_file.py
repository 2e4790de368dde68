"""A model without its ONNX file: a button that makes the file, and the state of that job.

The database holds the job, so a reload shows it again.
"""

import streamlit as st

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _
from mnist_core.config.schema import OnnxConfig
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from pages.studio import studio
from pages.widgets.guarded import guarded_fragment, once
from pages.widgets.text import escape

KIND = "make_onnx"
ENOUGH = 100
"""More such jobs than there can be."""


def onnx_file(model: Model) -> None:
    """Show the button or the job, for a model whose ONNX file is missing or damaged."""
    jobs = _jobs(model)
    if any(job.unfinished for job in jobs):
        guarded_fragment(_under_way, run_every=0.5)(model)
        return
    if jobs and jobs[0].message:
        st.caption(f":material/error: {escape(jobs[0].message)}")
    st.button(
        _("Make the ONNX file"), icon=":material/build:", key="onnx_file.make", on_click=once(_start), args=(model,)
    )


def _jobs(model: Model) -> list[Job]:
    """Those for this model, newest first."""
    here, found = studio(), []
    for job in here.jobs.page(limit=ENOUGH, kinds=(KIND,)):
        try:
            config = Run.at(here.workspace, job.id).config()
        except UnreadableError:
            continue
        if isinstance(config, OnnxConfig) and config.model == model.id:
            found.append(job)
    return found


def _start(model: Model) -> None:
    here = studio()
    for job in here.jobs.page(limit=ENOUGH, kinds=(KIND,)):  # a job that has ended has nothing worth keeping
        if not job.unfinished:
            here.jobs.delete(job.id)
    here.jobs.submit(KIND, OnnxConfig(model=model.id))
    here.runner.poke()


def _under_way(model: Model) -> None:
    waiting = [job for job in _jobs(model) if job.unfinished]
    if not waiting:
        st.rerun()
    queued = waiting[0].state == "queued"
    if queued:
        st.caption(f":material/hourglass_empty: {_('Queued…')}")
    else:
        st.caption(f":material/build: {_('Making the ONNX file…')}")
