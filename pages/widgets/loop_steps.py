"""The steps of the loop: what waits in each, and a link to it."""

import streamlit as st

from mnist_core.common.language import N_, _
from mnist_core.jobs import candidates
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.guarded import guarded_fragment

DRAW, FINE_TUNE, COMPARE = range(3)
STEPS = (
    (
        N_("Draw"),
        "pages/draw.py",
        N_("Draw digits and label them. Correct wrong predictions and confirm correct ones."),
    ),
    (
        N_("Fine-tune"),
        "pages/fine_tune.py",
        N_("One click: the network learns your drawings and replays MNIST to limit forgetting."),
    ),
    (N_("Compare"), "pages/fine_tune.py", N_("Compare accuracy before and after. Keep the new model or discard it.")),
)
"""The name of each step, its page, and what one does there."""
WATCHED_S = 2.0
"""Seconds between two looks at a fine-tuning."""


def show(current: int) -> None:
    """The steps in a row, each with a link and with what waits there; `current` is marked."""
    guarded_fragment(_steps, run_every=WATCHED_S if _tuning() is not None else None)(current)


def _steps(current: int) -> None:
    with st.container(horizontal=True, key="loop-steps"):
        for number, ((name, page, purpose), waiting) in enumerate(zip(STEPS, _waiting(), strict=True)):
            named = f"`{number + 1}` {_(name)}"
            marked = f"**{named}**" if number == current else named
            st.page_link(page, label=f"{marked} *{waiting}*" if waiting else marked, help=_(purpose), width="content")


def _waiting() -> tuple[str, str, str]:
    """What waits in each step; empty if nothing does."""
    here = studio()
    new = here.drawings.new(here.registry.active().id)
    job = _tuning()
    newest = next(iter(here.jobs.page(limit=1, kinds=("fine_tune",))), None)
    undecided = newest is not None and candidates.is_pending(Run.at(here.workspace, newest.id))
    return (
        _("{n:,} new", n=new) if new else "",
        _learning(job) if job is not None else "",
        _("decide") if undecided else "",
    )


def _tuning() -> Job | None:
    """The fine-tuning that runs or waits to run."""
    return next((each for each in studio().jobs.unfinished() if each.kind == "fine_tune"), None)


def _learning(job: Job) -> str:
    if not job.active:
        return _("waiting")
    progress = Run.at(studio().workspace, job.id).progress()
    if not progress.counts_steps:
        return _("learning")
    return _("learning {share:.0%}", share=progress.share_done)
