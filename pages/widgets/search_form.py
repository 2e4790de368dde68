"""What a search varies, how long it may take, and a button that starts it."""

import streamlit as st

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search import OBJECTIVES, SearchConfig
from mnist_core.config.search_space import parse, searchable, suggested
from mnist_core.evaluation import studies
from pages.language import keep_choice
from pages.studio import studio
from pages.widgets.guarded import once
from pages.widgets.text import escape

VARIED = "search.varied"
AT_FIRST = ["learning_rate"]


def search_form(base: TrainConfig, *, disabled: bool) -> None:
    """Offer a search with the settings of the form.

    Args:
        disabled: whether a training with these settings could not start.
    """
    with st.expander(_("Search for better settings"), icon=":material/travel_explore:", key="search.new"):
        try:
            studies.check()
        except InputError as error:
            st.info(escape(str(error)), icon=":material/extension_off:")
            return
        st.caption(
            _(
                "A search trains again and again with the settings of the form, except those that you choose here. It "
                "compares the results on the validation images and never uses the test images."
            )
        )
        space = _space(base)
        config = _limits(base, space)
        wrong = _problem(config)
        if wrong:
            st.error(escape(wrong), icon=":material/error:")
        st.button(
            _("Start the search"), key="search.start", icon=":material/travel_explore:", on_click=once(_start),
            args=(config,), disabled=disabled or bool(wrong),
        )  # fmt: skip


def _space(base: TrainConfig) -> str:
    """The lines that a person has written, one for each setting to vary."""
    chosen = st.multiselect(
        _("Settings to vary"), searchable(), default=AT_FIRST, format_func=TrainConfig.label, key=VARIED,
        persist_state="session",
    )  # fmt: skip
    lines = []
    for number, name in enumerate(chosen):
        if number % 2 == 0:
            columns = st.columns(2)
        key = f"search.range.{name}"
        st.session_state.setdefault(key, suggested(name, getattr(base, name)))
        with columns[number % 2]:
            written = st.text_input(
                TrainConfig.label(name), key=key, persist_state="session",
                help=_("A range, such as 0.001..0.03, perhaps with “, log” or “, linear”; or values such as 0.1, 0.5."),
            )  # fmt: skip
        lines.append(f"{name} = {written}")
    return "\n".join(lines)


def _limits(base: TrainConfig, space: str) -> SearchConfig:
    first, second, third, fourth = st.columns(4, vertical_alignment="bottom")
    with first:
        trials = st.number_input(
            SearchConfig.label("trials"), 0, 10_000, 20, key="search.trials", help=SearchConfig.explanation("trials")
        )
    with second:
        minutes = st.number_input(
            SearchConfig.label("minutes"), 0.0, 100_000.0, 0.0, 5.0, format="%g", key="search.minutes",
            help=SearchConfig.explanation("minutes"),
        )  # fmt: skip
    with third:
        keep_choice("search.objective")
        objective = st.selectbox(
            SearchConfig.label("objective"), [*OBJECTIVES], format_func=lambda name: _(OBJECTIVES[name]),
            key="search.objective", help=SearchConfig.explanation("objective"),
        )  # fmt: skip
    with fourth:
        pruner = st.toggle(
            SearchConfig.label("pruner"), value=True, key="search.pruner", help=SearchConfig.explanation("pruner")
        )
    own = {"space": space, "trials": trials, "minutes": minutes, "objective": objective, "pruner": pruner}
    return SearchConfig(**{**base.model_dump(), **own, "name": ""})


def _problem(config: SearchConfig) -> str:
    """What is wrong with the search itself; empty if nothing is."""
    try:
        if not config.space:
            return _("Choose at least one setting to vary.")
        parse(config.space, TrainConfig.label)
    except InputError as error:
        return str(error)
    if not (config.trials or config.minutes):
        return _("A search needs a limit. Give a number of trials, or of minutes, that is not 0.")
    return ""


def _start(config: SearchConfig) -> None:
    here = studio()
    waits = bool(here.jobs.unfinished())
    here.jobs.submit("search", config)
    here.runner.poke()
    if waits:
        st.toast(_("Queued: the search starts after the current run."), icon=":material/travel_explore:")
