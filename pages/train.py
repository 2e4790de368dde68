"""Configure a training, start it, watch it."""

import streamlit as st

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, listed, sentences
from mnist_core.config.presets import LEFT_OPEN, NOTES, PRESETS
from mnist_core.config.relevance import without_effect
from mnist_core.config.schema import TrainConfig
from mnist_core.data import augmentation, datasets, synthetic
from mnist_core.drawing.strokes import Gray
from mnist_core.evaluation import charts
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs import compute, preflight
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import config_form, data_preview
from pages.widgets.architecture import architecture
from pages.widgets.curves import curves
from pages.widgets.data_import import offer_mnist
from pages.widgets.digits import contact_sheet
from pages.widgets.guarded import errors_shown, guarded, once, show_error
from pages.widgets.heading import heading
from pages.widgets.live_chart import live_chart
from pages.widgets.lr_range_test import lr_range_test
from pages.widgets.missing import is_blocked
from pages.widgets.own_images import own_images
from pages.widgets.queue_panel import queue_panel, taken_from, tell_wait
from pages.widgets.run_view import dismiss, ended_early, interrupted, run_view
from pages.widgets.search_form import search_form
from pages.widgets.searched import has_trials, search_view, searched
from pages.widgets.text import escape

FORM = "train"
LATEST = 20
"""Searches that are looked at for one that was interrupted. The Runs page lists all."""
MAIN = ("name", "architecture", "dataset", "epochs", "learning_rate", "batch_size")
"""The fields that are always in view."""
SET_BY_PRESETS = TrainConfig.model_fields.keys() - LEFT_OPEN
VALID = "train.valid"
"""The session-state key of the form's last config without a wrong value: it decides on the layout."""


def main() -> None:
    heading(_("Train"), _("Choose a preset or your own settings, and train a model from scratch."))
    here = studio()
    if under_way := [job for job in here.jobs.unfinished() if job.kind in ("train", "search")]:
        (search_view if under_way[0].kind == "search" else run_view)(under_way[0])
        queue_panel(without=under_way[0].id)
        duplicated = _tell_duplicated()
        with st.expander(_("Queue another training"), expanded=duplicated):
            tell_wait()
            _configure()
        return
    _tell_duplicated()
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
    elsewhere = st.session_state.get("train.dataset", "mnist") != "mnist"
    if not elsewhere:
        offer_mnist(_("You can also train on 1,797 small digits that come with the program."), _take_digits)
    own_images(_take_data, closed=_("Train on other images"))
    _presets(elsewhere)
    form, preview = st.columns([3, 2], gap="large")
    with form:
        config = _form()
    with preview:
        if config is not None:
            blocked = is_blocked(
                config, _("To train on MNIST, download or import it first. You find both at the top of this page.")
            )
            st.button(
                _("Train"), key="train.start", icon=":material/rocket_launch:", type="primary", width="stretch",
                on_click=once(_start), args=(config,), disabled=blocked,
            )  # fmt: skip
            _tell_cluster()
            lr_range_test(config, _take_rate, disabled=blocked)
            _preview(config)
        else:
            wrong = config_form.problems(FORM, TrainConfig)
            st.info(escape(sentences([*wrong, _("Fix this to start training.")])), icon=":material/edit:")
    if config is not None:
        search_form(config, disabled=blocked)


def _form() -> TrainConfig | None:
    """The fields that most trainings change, then a picture of the network, then all others."""
    config = config_form.fields(FORM, TrainConfig, MAIN)
    if config is not None:
        st.session_state[VALID] = config
    valid: TrainConfig = st.session_state.setdefault(VALID, TrainConfig())
    architecture(valid)
    idle = without_effect(valid)
    hidden = {*MAIN, *idle}
    with st.expander(_("All settings"), key="train.all", icon=":material/tune:"):
        model, data, changes = st.tabs([_("Model and training"), _("Data and machine"), _("Augmentation")])
        with model:
            config_form.config_form(FORM, TrainConfig, ["model", "training"], hidden=hidden)
        with data:
            config_form.config_form(FORM, TrainConfig, ["data", "machine"], hidden=hidden)
        with changes:
            st.caption(
                _(
                    "Each image is changed at random every time the network sees it. There are no flips: a mirrored 2 "
                    "is not a digit, and a 6 upside down is a 9."
                )
            )
            config = config_form.config_form(FORM, TrainConfig, ["augmentation"], hidden=hidden)
        if idle:
            names = listed(TrainConfig.label(name) for name in TrainConfig.model_fields if name in idle)
            st.caption(_("Not shown, because of no effect with these settings: {names}.", names=names))
    return config


def _tell_cluster() -> None:
    """Say so if the training goes to another machine."""
    with errors_shown():
        if address := compute.read(studio().workspace).cluster:
            said = _("The training starts on the cluster {address}.", address=escape(address))
            st.page_link("pages/settings.py", label=said, icon=":material/lan:")


def _preview(config: TrainConfig) -> None:
    """The learning rate and the images of this training."""
    st.markdown(f"**{_('Learning rate during the training')}**")
    rate = charts.schedule_preview(config.schedule, config.learning_rate, config.epochs)
    live_chart(rate, key="schedule", height=220, modebar=False)
    if config.dataset in datasets.BY_NAME:
        _augmented_digits(config)
    else:
        _own_data(config)


def _presets(elsewhere: bool) -> None:
    """A row of presets, each of which fills the form.

    Args:
        elsewhere: whether the form's data set is not MNIST.
    """
    st.pills(
        _("Start from a preset"), list(NOTES), default="balanced", key="train.preset", persist_state="session",
        required=True, wrap=True, on_change=guarded(_take_preset),
    )  # fmt: skip
    preset = st.session_state["train.preset"]
    note = NOTES[preset]
    if changed := config_form.differing(FORM, TrainConfig, PRESETS[preset], among=SET_BY_PRESETS):
        st.caption(_("Changed since the preset: {names}.", names=listed(changed)))
        return
    if elsewhere and "%" in note:
        st.caption(sentences([_(note), _("(These figures are for MNIST.)")]))
    else:
        st.caption(_(note))


def _take_preset() -> None:
    config_form.set_values(FORM, TrainConfig, PRESETS[st.session_state["train.preset"]], keep=LEFT_OPEN)


def _take_digits() -> None:
    config_form.set_value(FORM, "dataset", "digits")


def _take_data(name: str) -> None:
    config_form.set_value(FORM, "dataset", name)
    config_form.set_value(FORM, "turn_images", False)  # they have been turned where that was needed


def _turn() -> None:
    config_form.set_value(FORM, "turn_images", True)


def _own_data(config: TrainConfig) -> None:
    """The images that a path in the form leads to."""
    if "dataset" in preflight.problems(config, studio().workspace):  # which are shown beside the button
        return
    if (found := data_preview.of_path(config.dataset)) is None:
        return
    dataset, judged = found
    data_preview.show(dataset.turned() if config.turn_images else dataset, judged)
    with errors_shown():
        datasets.check_split(dataset.y_train)
    if judged.looks_turned and not config.turn_images:
        st.button(
            _("Turn the images"), key="train.turn", icon=":material/screen_rotation_alt:", on_click=guarded(_turn)
        )


def _take_rate(rate: float) -> None:
    config_form.set_value(FORM, "learning_rate", rate)


def _augmented_digits(config: TrainConfig) -> None:
    images = _examples()[0]
    changed = augmentation.preview(images, config, seed=config.seed)
    if (changed != images).any():
        st.markdown(f"**{_('Digits as the network sees them')}**")
    else:
        st.markdown(f"**{_('Digits, unchanged')}**")
    contact_sheet(changed, 10)


@st.cache_data(show_spinner=False)
def _examples() -> tuple[Gray, Gray]:
    return synthetic.generate(30, seed=1)


def _start(config: TrainConfig) -> None:
    here = studio()
    waits = bool(here.jobs.unfinished())
    here.jobs.submit("train", config)
    here.runner.poke()
    config_form.set_value(FORM, "name", "")  # the next model is another one
    if waits:
        st.toast(_("Queued: the training starts after the current run."), icon=":material/rocket_launch:")
    else:
        st.toast(_("The training starts now."), icon=":material/rocket_launch:")


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
