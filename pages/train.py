"""Configure a training, start it, watch it."""

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, sentences
from mnist_core.config.presets import LEFT_OPEN, PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.data import own
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs import compute, speed
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import config_form
from pages.widgets.as_code import as_code
from pages.widgets.curves import curves
from pages.widgets.data_import import offer_mnist
from pages.widgets.guarded import errors_shown, once, show_error
from pages.widgets.heading import heading
from pages.widgets.lr_range_test import lr_range_test
from pages.widgets.missing import is_blocked
from pages.widgets.preset_cards import preset_cards
from pages.widgets.queue_panel import queue_panel, taken_from, tell_wait
from pages.widgets.run_view import dismiss, ended_early, interrupted, run_view
from pages.widgets.search_form import search_form
from pages.widgets.searched import has_trials, search_view, searched
from pages.widgets.start_button import start_button
from pages.widgets.text import escape
from pages.widgets.train_form import FORM, problems, train_form
from pages.widgets.training_preview import training_preview

LATEST = 20
"""Searches that are looked at for one that was interrupted. The Runs page lists all."""
SET_BY_PRESETS = TrainConfig.model_fields.keys() - LEFT_OPEN
PRESET = "train.preset"
"""The session-state key of the preset that was chosen last."""


def main() -> None:
    heading(_("Train"), _("Choose a preset or your own settings, and train a model from scratch."))
    here, duplicated = studio(), _tell_duplicated()
    if under_way := [job for job in here.jobs.unfinished() if job.kind in ("train", "search")]:
        (search_view if under_way[0].kind == "search" else run_view)(under_way[0])
        queue_panel(without=under_way[0].id)
        with st.expander(_("Queue another training"), expanded=duplicated):
            tell_wait()
            _configure()
        return
    queue_panel()
    tell_wait()
    newest = next(iter(here.jobs.page(limit=1, kinds=("train",))), None)
    if newest is not None and newest.model_id:
        _result(newest)
    elif newest is not None:
        ended_early(newest)
    searches = here.jobs.page(limit=LATEST, kinds=("search",))
    for job in searches[:1]:
        (searched if has_trials(job) else ended_early)(job)
    interrupted(searches[1:])
    _configure()


def _tell_duplicated() -> bool:
    """Whether a run's settings have just been put into the form; says so once."""
    if name := taken_from():
        said = _("The settings of {run} are in the form. Change one, then train.", run=escape(name))
        st.toast(said, icon=":material/content_copy:")
    return bool(name)


def _configure() -> None:
    if st.session_state.get(config_form.widget_key(FORM, "dataset"), "mnist") == "mnist":
        offer_mnist(_("You can also train on digits, a small data set that comes with the program."), _take_digits)
    _presets()
    form, preview = st.columns([3, 2], gap="large")
    with form:
        config = train_form()
    with preview:
        if config is None:
            st.info(escape(sentences([*problems().values(), _("Fix this to start training.")])), icon=":material/edit:")
            return
        blocked = is_blocked(
            config, _("To train on MNIST, download or import it first. You find both at the top of this page.")
        )
        configs = start_button(config, blocked=blocked)
        _tell_cluster()
        lr_range_test(config, _take_rate, disabled=blocked)
        training_preview(config)
    search_form(config, disabled=blocked)
    as_code(configs, key=FORM)


def _tell_cluster() -> None:
    """Say so if the training goes to another machine."""
    with errors_shown():
        if address := compute.read(studio().workspace).cluster:
            said = _("The training starts on the cluster {address}.", address=escape(address))
            st.page_link("pages/settings.py", label=said, icon=":material/lan:")


def _presets() -> None:
    """The presets, each of which fills the form, and what has been changed since."""
    dataset = st.session_state.get(config_form.widget_key(FORM, "dataset"), "mnist")
    preset = st.session_state.setdefault(PRESET, "balanced")
    images = own.training_images(dataset, studio().workspace)
    changed = config_form.differing(FORM, TrainConfig, PRESETS[preset], among=SET_BY_PRESETS)
    preset_cards(preset, changed, dataset, images, speed.known(studio().workspace), _take_preset)


def _take_preset(name: str) -> None:
    st.session_state[PRESET] = name
    config_form.set_values(FORM, TrainConfig, PRESETS[name], keep=LEFT_OPEN)


def _take_digits() -> None:
    config_form.set_value(FORM, "dataset", "digits")


def _take_rate(rate: float) -> None:
    config_form.set_value(FORM, "learning_rate", rate)


def _result(job: Job) -> None:
    """The newest training's figures, and what to do with its model, until a person closes them."""
    here = studio()
    run = Run.at(here.workspace, job.id)
    try:
        report = run.report_as(TrainReport)
    except UnreadableError as error:
        show_error(error)
        return
    if report is None or run.command() == "dismiss":
        return
    with st.container(border=True):
        st.markdown(f"## :material/check_circle: {_('{model} has been trained', model=escape(report.model))}")
        figures = st.columns(4)
        figures[0].metric(_("Test accuracy"), f"{report.test_accuracy:.2%}")
        figures[1].metric(_("Validation accuracy"), f"{report.validation_accuracy:.2%}")
        figures[2].metric(_("Training time"), duration(report.fit_seconds))
        kept = _("{epoch} of {epochs}", epoch=report.best_epoch, epochs=report.epochs)
        figures[3].metric(_("Kept epoch"), kept)
        with st.container(horizontal=True, vertical_alignment="center"):
            if here.registry.active().id == job.model_id:
                st.badge(_("active"), icon=":material/check:", color="green")
            elif st.button(
                _("Activate and draw"), key="train.activate", icon=":material/download_done:", type="primary"
            ):
                with errors_shown():
                    here.registry.activate(report.model_id)
                    st.switch_page("pages/draw.py")
            st.page_link("pages/evaluate.py", label=_("Evaluate"), icon=":material/grading:")
            st.page_link("pages/runs.py", label=_("All runs"), icon=":material/timeline:")
            st.button(_("Close"), key="train.close", on_click=once(dismiss), args=(job.id,))
        for warning in report.warnings:
            st.warning(escape(warning), icon=":material/warning:")
        curves(run, f"result-{job.id}")


main()
