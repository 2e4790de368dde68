"""The button that starts the training, or all trainings that several values make."""

import streamlit as st

from mnist_core.common.clock import roughly
from mnist_core.common.errors import InputError
from mnist_core.common.language import _, n_
from mnist_core.config.relevance import without_effect
from mnist_core.config.schema import TrainConfig
from mnist_core.data import own
from mnist_core.evaluation import training_time
from mnist_core.jobs import compute, speed
from pages.studio import studio
from pages.widgets import config_form, several_values
from pages.widgets.guarded import once
from pages.widgets.text import escape
from pages.widgets.train_form import FORM


def start_button(config: TrainConfig, *, blocked: bool) -> list[TrainConfig]:
    """Show the button; return the configs of the trainings that it starts.

    Args:
        config: the form's.
        blocked: whether such a training cannot start on this machine.
    """
    try:
        configs = several_values.configs(FORM, config, without_effect(config))
    except InputError as error:
        st.error(escape(str(error)), icon=":material/error:")
        configs, blocked = [config], True
    several = len(configs) > 1
    st.button(
        n_("Train {n} run", "Train {n} runs", len(configs)) if several else _("Train"), key="train.start",
        icon=":material/rocket_launch:", type="secondary" if blocked else "primary", width="stretch",
        on_click=once(_start), args=(configs,), disabled=blocked,
    )  # fmt: skip
    if seconds := _seconds(configs):
        st.caption(_("Estimated training time: {time}.", time=roughly(seconds)))
    return configs


def _seconds(configs: list[TrainConfig]) -> float | None:
    """How long the trainings take together; None if that is unknown, or if a cluster does them."""
    workspace = studio().workspace
    measured, images = speed.known(workspace), own.training_images(configs[0].dataset, workspace)
    if measured is None or images is None or compute.is_elsewhere(workspace):
        return None
    return sum(training_time.seconds(each, images, measured) for each in configs)


def _start(configs: list[TrainConfig]) -> None:
    here = studio()
    waits = bool(here.jobs.unfinished())
    for config in configs:
        here.jobs.submit("train", config)
    here.runner.poke()
    config_form.set_value(FORM, "name", "")  # the next model is another one
    count = len(configs)
    if waits and count > 1:
        said = _("Queued: {count} trainings start after the current run.", count=count)
    elif waits:
        said = _("Queued: the training starts after the current run.")
    elif count > 1:
        said = _("The first of {count} trainings starts now.", count=count)
    else:
        said = _("The training starts now.")
    st.toast(said, icon=":material/rocket_launch:")
