"""A fine-tuning under way: its stages, one bar, and the person's misread drawings, which turn as the folds finish."""

import html
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import images, labels
from mnist_core.common.clock import duration
from mnist_core.common.language import N_, _, n_
from mnist_core.drawing.strokes import Gray
from mnist_core.jobs import folds, waiting
from mnist_core.jobs.folds import Folds
from mnist_core.jobs.job import Job
from mnist_core.jobs.progress import FINE_TUNING, Phase, Progress
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.digits import figure
from pages.widgets.guarded import guarded_fragment
from pages.widgets.run_view import WATCH_S, controls, current
from pages.widgets.text import escape

LOOK_S = 0.5
SHOWN = 32
SIDE = 56
STAGES: dict[Phase, str] = {
    "loading_drawings": N_("Loading your drawings"),
    "building": N_("Building the network"),
    "training": N_("Training the network"),
    "cross_validation": N_("Cross-validation"),
    "accepting": N_("Acceptance test"),
    "testing": N_("Testing and exporting"),
}
"""The stages that are shown, with their names. Any other one belongs to the one before."""


def fine_tuning_view(job: Job) -> None:
    """The view updates itself, and reruns the page when the fine-tuning begins or ends."""
    guarded_fragment(_view, run_every=LOOK_S)(job.id, job.state)
    if job.active:
        guarded_fragment(current, run_every=WATCH_S)(job.id, job.state)


def _view(job_id: str, state_before: str) -> None:
    job = current(job_id, state_before)
    here = studio()
    run = Run.at(here.workspace, job_id)
    progress = run.progress()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"## {escape(job.title)}", width="content")
        controls(job, run)
    if job.state == "queued":
        wait = waiting.before(here.workspace, here.jobs.unfinished(), job_id)
        if wait is not None:
            st.info(
                _("Starts after {run}. {time}", run=f"**{escape(wait.after.title)}**", time=wait.text),
                icon=":material/hourglass_top:",
            )
        return
    st.progress(progress.share_done, _stage(progress))
    st.html(_stages(progress))
    for warning in progress.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    _drawings(run)


def _stage(progress: Progress) -> str:
    if progress.eta_s is None:
        return progress.phase_text
    return f"{progress.phase_text} · {_('{duration} left', duration=duration(max(1.0, progress.eta_s)))}"


def _stages(progress: Progress) -> str:
    """The stages in a row; the present one is marked. The cross-validation may run beside the training."""
    reached = FINE_TUNING.index(progress.phase) if progress.phase in FINE_TUNING else -1
    present = max((stage for stage in STAGES if FINE_TUNING.index(stage) <= reached), key=FINE_TUNING.index, default="")
    items = []
    for stage, name in STAGES.items():
        fold = f" {progress.fold}/{progress.folds}" if stage == "cross_validation" and progress.folds else ""
        mark = "●" if stage == present else "✓" if FINE_TUNING.index(stage) < reached else "○"
        step = ' aria-current="step"' if stage == present else ""
        items.append(f"<li{step}>{mark} {html.escape(_(name))}{fold}</li>")
    return f'<ol class="stages">{"".join(items)}</ol>'


def _drawings(run: Run) -> None:
    """The drawings that the network misread before, each with what it predicts now, once its fold has finished."""
    shown = folds.read(run)
    if not shown.before:
        return
    pictures, wanted = _tuning_set(str(run.learned))
    misread = [n for n, digit in enumerate(shown.before) if digit != wanted[n]]
    if not misread:
        st.caption(_("The network predicts all your drawings correctly already. It learns to be more certain."))
        return
    right = sum(shown.after.get(n) == wanted[n] for n in misread)
    st.markdown(
        n_(
            "**{n} drawing was misread. Correct so far: {right:,}.**",
            "**{n:,} drawings were misread. Correct so far: {right:,}.**",
            len(misread),
            right=right,
        )
    )
    tiles = "".join(_tile(pictures[n], shown, n, int(wanted[n])) for n in misread[:SHOWN])
    st.html(f'<div class="misread">{tiles}</div>')
    if (more := len(misread) - SHOWN) > 0:
        st.caption(n_("… and {n} more.", "… and {n:,} more.", more))


def _tile(picture: Gray, shown: Folds, n: int, wanted: int) -> str:
    before, after = shown.before[n], shown.after.get(n)
    if after is None:
        return f"<div>{figure(picture, SIDE, f'{before} → …')}</div>"
    kind = "right" if after == wanted else "wrong"
    mark = "✓" if after == wanted else "✗"
    latest = " latest" if n in shown.latest else ""
    return f'<div class="{kind}{latest}">{figure(picture, SIDE, f"{before} → {after} {mark}")}</div>'


@st.cache_data(show_spinner=False, max_entries=4)
def _tuning_set(path: str) -> tuple[Gray, npt.NDArray[np.uint8]]:
    """The images and the labels of a run's fine-tuning set, which never changes."""
    drawings = file_formats.labelled(file_formats.read(Path(path), bounded=False), Path(path).name)
    return images(drawings), labels(drawings)
