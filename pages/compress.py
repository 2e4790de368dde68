"""Make a model smaller and faster: choose how, watch it, and keep what is worth it."""

import streamlit as st

from mnist_core.common.language import N_, _, listed
from mnist_core.config.compress_presets import COMPRESS_PRESETS, FREE, changed_from
from mnist_core.config.flags import command_line, in_workspace
from mnist_core.config.schema import CompressConfig
from mnist_core.jobs.job import Job
from mnist_core.models.model import Model
from pages.language import keep_choice
from pages.studio import studio
from pages.widgets import config_form
from pages.widgets.compressed import SHOWN, compressed, has_points, title
from pages.widgets.data_import import offer_mnist
from pages.widgets.guarded import guarded, once
from pages.widgets.heading import heading
from pages.widgets.missing import is_blocked
from pages.widgets.queue_panel import queue_panel
from pages.widgets.run_view import ended_early, interrupted, run_view

FORM = "compress"
MODEL = "compress.model"
CUSTOM = "custom"
CHOICES = {name: (each.title, each.note) for name, each in COMPRESS_PRESETS.items()} | {
    CUSTOM: (N_("Custom"), N_("Distillation, low rank, pruning and int8, alone or one after the other."))
}
"""What a person can choose → its title and what it does."""
CHOICE = "compress.preset"
LISTED = 50
"""Earlier compressions that can be opened here. The Runs page lists all."""


def main() -> None:
    heading(
        _("Compress"),
        _("Make a model smaller and faster, see what that costs in accuracy, and keep the version that you want."),
    )
    here = studio()
    if under_way := [job for job in here.jobs.unfinished() if job.kind == "compress"]:
        run_view(under_way[0])
        queue_panel(without=under_way[0].id)
        with st.expander(_("Queue another compression"), key="compress.another"):
            _configure()
        return
    jobs = here.jobs.page(limit=LISTED, kinds=("compress",))
    if jobs and not has_points(jobs[0]):
        ended_early(jobs[0])
    interrupted(jobs[1:])
    with_points = {job.id: job for job in jobs if has_points(job)}
    if not with_points:
        _configure()
        st.info(
            _("No compression yet. Start one; its models appear here in a chart of accuracy over size."),
            icon=":material/scatter_plot:",
        )
        return
    with st.expander(_("Compress a model"), icon=":material/compress:", key="compress.new"):
        _configure()
    compressed(_opened(with_points))


def _opened(jobs: dict[str, Job]) -> Job:
    """The compression that a person chooses; the newest one at first."""
    if st.session_state.get(SHOWN) not in jobs:
        st.session_state[SHOWN] = next(iter(jobs))
    if len(jobs) > 1:
        keep_choice(SHOWN)
        st.selectbox(_("Compression"), [*jobs], format_func=lambda job_id: title(jobs[job_id]), key=SHOWN)
    return jobs[st.session_state[SHOWN]]


def _configure() -> None:
    offer_mnist(_("You can also compress with digits, a small data set that comes with the program."), _take_digits)
    form, start = st.columns([3, 2], gap="large")
    with form:
        model = _model()
        st.pills(
            _("What do you want?"), [*CHOICES], format_func=lambda name: _(CHOICES[name][0]), default="int8",
            key=CHOICE, persist_state="session", required=True, wrap=True, on_change=guarded(_take_preset),
        )  # fmt: skip
        chosen = st.session_state[CHOICE]
        st.caption(_(CHOICES[chosen][1]))
        place = st.container() if chosen == CUSTOM else st.expander(_("Settings"), icon=":material/tune:")
        with place:
            groups = ["compression", "training", "data", "machine", "model"]
            config = config_form.config_form(FORM, CompressConfig, groups, hidden={"model"})
    with start:
        if config is None:
            st.info(_("Fix the fields marked in red to start."), icon=":material/edit:")
        else:
            _offer(config, model, chosen)


def _model() -> Model:
    """The model to compress, which a person chooses. At first it is the active one, or what that was made from."""
    registry = studio().registry
    models = {model.id: model for model in registry.all() if model.card.usable}
    if st.session_state.get(MODEL) not in models:
        line = registry.lineage(registry.active())
        whole = (model.id for model in line if model.id in models and not model.card.is_int8)
        st.session_state[MODEL] = next(whole, line[0].id)
    keep_choice(MODEL)
    return models[st.selectbox(_("Model"), [*models], format_func=lambda model_id: models[model_id].title, key=MODEL)]


def _offer(config: CompressConfig, model: Model, chosen: str) -> None:
    """The button that starts it, and the command that does the same."""
    if chosen != CUSTOM and (changed := [config.label(name) for name in changed_from(chosen, config)]):
        st.caption(f":material/tune: {_('Changed under Settings: {names}.', names=listed(changed))}")
    asked = config.model_copy(update={"model": model.id})
    blocked = is_blocked(
        asked, _("To compress with MNIST, download or import it first. You find both at the top of this page.")
    )
    st.button(
        _("Compress"), key="compress.start", icon=":material/compress:", type="primary", width="stretch",
        on_click=once(_start), args=(asked,), disabled=blocked,
    )  # fmt: skip
    st.caption(_("The model itself stays as it is. This command does the same:"))
    command = command_line("compress", config.model_copy(update={"model": model.name}))
    st.code(in_workspace(command, studio().workspace), language=None, wrap_lines=True)


def _take_preset() -> None:
    if (chosen := st.session_state[CHOICE]) != CUSTOM:
        config_form.set_values(FORM, CompressConfig, COMPRESS_PRESETS[chosen].values, keep=FREE)


def _take_digits() -> None:
    config_form.set_value(FORM, "dataset", "digits")


def _start(config: CompressConfig) -> None:
    here = studio()
    waits = bool(here.jobs.unfinished())
    job = here.jobs.submit("compress", config)
    here.runner.poke()
    st.session_state[SHOWN] = job.id
    config_form.set_value(FORM, "name", "")  # the next models are others
    if waits:
        st.toast(_("Queued: the compression starts after the current run."), icon=":material/compress:")


main()
