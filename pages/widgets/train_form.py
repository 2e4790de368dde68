"""The settings of a training: those that most trainings change, a picture of the network, and all others."""

import streamlit as st

from mnist_core.common.language import _, listed, n_
from mnist_core.config.relevance import without_effect
from mnist_core.config.schema import TrainConfig
from pages.widgets import config_form, several_values
from pages.widgets.architecture import architecture
from pages.widgets.config_form import Widget
from pages.widgets.dataset_choice import dataset_choice
from pages.widgets.own_images import own_images
from pages.widgets.start_choice import start_choice
from pages.widgets.text import escape

FORM = "train"
MAIN = ("name", "dataset", "architecture", "epochs", "learning_rate", "batch_size")
"""The fields that are always in view."""
VALID = "train.valid"
"""The session-state key of the form's last config without a wrong value: it decides on the layout."""
ALL, SEARCH, TOLD = "train.all", "train.search", "train.told"


def train_form() -> TrainConfig | None:
    """Show the form and return its config, with the first of several values; None if a value is wrong."""
    valid: TrainConfig = st.session_state.setdefault(VALID, TrainConfig())
    widgets = {
        "dataset": dataset_choice(FORM),
        "start_from": start_choice(FORM, valid),
        **several_values.widgets(FORM),
    }
    config = config_form.fields(FORM, TrainConfig, MAIN, widgets=widgets)
    several_values.several_values_switch(FORM)
    own_images(take_data, closed=_("Import a data set"))
    if config is not None:
        st.session_state[VALID] = valid = config
    architecture(valid)
    idle = without_effect(valid)
    _all_settings({*MAIN, *idle}, widgets)
    if idle:
        names = listed(TrainConfig.label(name) for name in TrainConfig.model_fields if name in idle)
        st.caption(_("Hidden, because they have no effect with these settings: {names}.", names=names))
    return None if problems() else config


def problems() -> dict[str, str]:
    """Field → what is wrong with its value or values, in a sentence."""
    return {**config_form.problems(FORM, TrainConfig), **several_values.problems(FORM)}


def take_data(name: str) -> None:
    """Train on an imported data set."""
    config_form.set_value(FORM, "dataset", name)
    config_form.set_value(FORM, "turn_images", False)  # they have been turned where that was needed


def _all_settings(hidden: set[str], widgets: dict[str, Widget]) -> None:
    """What `hidden` leaves of the form, in tabs, or what a search finds of it."""
    wrong = problems().keys() - hidden
    if wrong - st.session_state.get(TOLD, set()):
        st.session_state[ALL] = True  # a new problem is shown; later, a person may close it
    st.session_state[TOLD] = wrong
    title = n_("All settings: fix {n}", "All settings: fix {n}", len(wrong)) if wrong else _("All settings")
    icon = ":material/error:" if wrong else ":material/tune:"
    with st.expander(title, key=ALL, icon=icon, on_change="rerun"):
        query = st.text_input(
            _("Search"), key=SEARCH, icon=":material/search:", type="search", live=True, label_visibility="collapsed",
            placeholder=_("Search the settings by name or description"),
        )  # fmt: skip
        if query:
            found = [name for name in TrainConfig.matching(query) if name not in hidden]
            config_form.fields(FORM, TrainConfig, found, widgets=widgets)
            if not found:
                st.caption(_("No setting matches “{query}”.", query=escape(query)))
        else:
            _tabs(hidden, widgets)


def _tabs(hidden: set[str], widgets: dict[str, Widget]) -> None:
    tabs = {
        _("Model and training"): ["model", "training"],
        _("Data and machine"): ["data", "machine"],
        _("Augmentation"): ["augmentation"],
    }
    for tab, groups in zip(st.tabs(list(tabs)), tabs.values(), strict=True):
        with tab:
            if groups == ["augmentation"]:
                st.caption(
                    _(
                        "Each image is changed at random every time the network sees it. There are no flips: a "
                        "mirrored 2 is not a digit, and a 6 upside down is a 9."
                    )
                )
            config_form.config_form(FORM, TrainConfig, groups, hidden=hidden, widgets=widgets)
