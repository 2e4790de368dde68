"""The trials of a search: figures, a table, the curve of a trial, and what to do with its settings."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, n_, sentences
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search import OBJECTIVES, SearchConfig
from mnist_core.config.search_space import parse
from mnist_core.evaluation import search_charts
from mnist_core.evaluation.search import TRIAL_STATES, Trial, best, completed
from mnist_core.jobs import trials
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import config_form
from pages.widgets.curves import curves
from pages.widgets.guarded import guarded_fragment, once
from pages.widgets.live_chart import live_chart
from pages.widgets.run_view import dismiss, run_view
from pages.widgets.table import table
from pages.widgets.text import escape

LOOK_S = 3.0
SEEDS = 3
FORM = "train"
"""The form that takes the settings of a trial."""
SAID = "search.said"
"""The session-state key of what a button has done."""


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    id: str
    trial: Trial


def has_trials(job: Job) -> bool:
    """Whether it is a search that has ended with something, even if a person stopped it."""
    return job.kind == "search" and (job.state == "completed" or (job.state == "stopped" and not job.cause))


def search_view(job: Job) -> None:
    """A search under way."""
    _tell()
    run_view(job)
    if job.active:
        guarded_fragment(_under_way, run_every=LOOK_S)(job.id)


def _under_way(job_id: str) -> None:
    if SAID in st.session_state:
        st.rerun()  # the form is outside this fragment
    all_trials(job_id)


def _tell() -> None:
    """Say once what a button has done. A callback cannot while a fragment runs."""
    if said := st.session_state.pop(SAID, ""):
        st.toast(said, icon=":material/check:")


def searched(job: Job) -> None:
    """A search that has ended, until a person closes it."""
    run = Run.at(studio().workspace, job.id)
    if run.command() == "dismiss":
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"## :material/travel_explore: {escape(job.title)}", width="content")
            st.button(_("Close"), key=f"search.close-{job.id}", on_click=once(dismiss), args=(job.id,))
        all_trials(job.id)


def all_trials(job_id: str) -> None:
    """Figures and table of the trials so far; nothing before the first one."""
    _tell()
    run = Run.at(studio().workspace, job_id)
    try:
        config = run.config()
    except UnreadableError:  # the run's own view says so
        return
    if not isinstance(config, SearchConfig) or not (known := trials.read(run)):
        return
    _chart(job_id, config, known)
    front = [each.number for each in best(known, config.objective)]
    chosen = _table(job_id, known, front)
    if chosen is not None:
        _one(run, config, chosen, is_best=chosen.number in front)


def _chart(job_id: str, config: SearchConfig, known: list[Trial]) -> None:
    space = parse(config.space)
    codes = search_charts.available(space, config.objective, known)
    if not codes:
        return
    st.caption(_counted(known, config))
    chosen = st.segmented_control(
        _("Figure"), codes, format_func=lambda code: _(search_charts.CHARTS[code]), default=codes[0], required=True,
        key=f"search.chart-{job_id}", label_visibility="collapsed",
    )  # fmt: skip
    figure = search_charts.chart(chosen if chosen in codes else codes[0], space, config.objective, known)
    live_chart(figure, key=f"search.{chosen}-{job_id}", height=340)


def _counted(known: list[Trial], config: SearchConfig) -> str:
    """How many trials have ended, and how."""
    done, early = len(completed(known)), sum(each.state == "pruned" for each in known)
    said = [n_("{n} trial is complete.", "{n:,} trials are complete.", done)]
    if early:
        said.append(n_("{n} trial ended early.", "{n:,} trials ended early.", early))
    return sentences([*said, _("Objective: {objective}.", objective=_(OBJECTIVES[config.objective]))])


def _table(job_id: str, known: list[Trial], front: list[int]) -> Trial | None:
    """All trials; returns the one that a person selects, at first the best."""
    names = list(known[0].settings)
    columns: dict[str, Any] = {
        "number": st.column_config.NumberColumn(_("Trial"), width="small"),
        "best": st.column_config.TextColumn(_("Best"), width="small"),
        "accuracy": st.column_config.NumberColumn(_("Validation accuracy"), format="percent"),
        **{name: TrainConfig.label(name) for name in names},
        "state": _("State"),
        "loss": st.column_config.NumberColumn(_("Validation loss"), format="%.4f"),
        "parameters": st.column_config.NumberColumn(_("Parameters"), format="localized"),
        "epochs": _("Epochs"),
        "time": _("Time"),
    }
    rows = [
        {
            "number": each.number, "best": "★" if each.number in front else "", "accuracy": each.accuracy,
            **each.settings, "state": _(TRIAL_STATES[each.state]), "loss": each.loss,
            "parameters": each.parameters, "epochs": each.epochs, "time": duration(each.seconds),
        }
        for each in known
    ]  # fmt: skip
    items = [Row(str(each.number), each) for each in known]
    default = str(front[0]) if front else None
    chosen = table(items, rows, key=f"search.trials-{job_id}", mode="single-row", columns=columns, default=default)
    return chosen[0].trial if chosen else None


def _one(search: Run, config: SearchConfig, trial: Trial, *, is_best: bool) -> None:
    """The curve of a trial, and buttons for its settings."""
    said = (
        _("**Trial {number}**, the best one", number=trial.number)
        if is_best
        else _("**Trial {number}**", number=trial.number)
    )
    if trial.reason:
        st.warning(escape(trial.reason), icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(said, width="content")
        settings = config.trial(trial.settings)
        st.button(
            _("Use these settings"), key=f"search.use-{search.id}", icon=":material/edit:", on_click=once(_use),
            args=(settings,), help=_("Puts them into the form."),
        )  # fmt: skip
        st.button(
            n_("Train with {n} seed", "Train with {n} seeds", SEEDS), key=f"search.seeds-{search.id}",
            icon=":material/rocket_launch:", on_click=once(_train), args=(settings,),
            help=_("Queues trainings that differ in their seeds only. Each one is tested and becomes a model."),
        )  # fmt: skip
    with st.expander(_("Training curves"), icon=":material/show_chart:", key=f"search.curves-{search.id}"):
        workspace = studio().workspace

        def others() -> dict[str, Run]:
            numbers = [each.number for each in trials.read(search)]
            return {_("Trial {trial}", trial=n): trials.run_of(workspace, search, n) for n in numbers}

        curves(trials.run_of(workspace, search, trial.number), f"trial-{search.id}-{trial.number}", others)


def _use(settings: TrainConfig) -> None:
    for name, value in settings.model_dump(exclude={"name"}).items():
        config_form.set_value(FORM, name, value)
    st.session_state[SAID] = _("The settings are in the form of the Train page.")


def _train(settings: TrainConfig) -> None:
    here = studio()
    for number in range(SEEDS):
        here.jobs.submit("train", settings.model_copy(update={"seed": settings.seed + number}))
    here.runner.poke()
    st.session_state[SAID] = n_("{n} training is queued.", "{n} trainings are queued.", SEEDS)
