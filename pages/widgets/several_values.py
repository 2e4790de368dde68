"""Numbers of the Train form as lists: each combination of their values becomes a run of its own."""

from functools import partial
from typing import Any

import streamlit as st

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config import variants
from mnist_core.config.schema import TrainConfig
from pages.widgets.config_form import Widget, set_value, widget_key
from pages.widgets.guarded import guarded
from pages.widgets.text import escape

NUMBERS = [name for name, field in TrainConfig.model_fields.items() if field.annotation in (int, float)]


def several_values_switch(form: str) -> None:
    """Turns the numbers of the form into lists."""
    st.toggle(
        _("Several values"), key=f"{form}.several", persist_state="session",
        help=_(
            "Every number of the form takes several values, such as 0.002, 0.004, 0.008. Train starts a run of each "
            "combination. Compare them on the Runs page."
        ),
    )  # fmt: skip


def widgets(form: str) -> dict[str, Widget]:
    """Number → a text field for its values; none while the switch is off."""
    return {name: partial(_field, form) for name in NUMBERS} if _is_on(form) else {}


def problems(form: str) -> dict[str, str]:
    """Number → what is wrong with its values."""
    found: dict[str, str] = {}
    for name in NUMBERS if _is_on(form) else []:
        try:
            _values(form, name)
        except InputError as error:
            found[name] = str(error)
    return found


def configs(form: str, config: TrainConfig, idle: set[str]) -> list[TrainConfig]:
    """The trainings that the form asks for: one, or one for each combination.

    Args:
        config: the form's, with the first of each field's values.
        idle: settings without an effect, whose values make no difference.

    Raises:
        InputError: there are too many.
    """
    if not _is_on(form):
        return [config]
    return variants.combinations(config, {name: _values(form, name) for name in NUMBERS if name not in idle})


def _is_on(form: str) -> bool:
    return bool(st.session_state.get(f"{form}.several"))


def _key(form: str, name: str) -> str:
    return f"{form}.several.{name}"


def _values(form: str, name: str) -> list[Any]:
    """Raises:
    InputError: a value is wrong.
    """
    number = st.session_state.get(widget_key(form, name), TrainConfig.model_fields[name].default)
    return variants.parsed(TrainConfig, name, st.session_state.get(_key(form, name), str(number)))


def _field(form: str, name: str) -> None:
    """The form's number stays the first of the values, so that all else on the page goes on with one number."""
    key, number = _key(form, name), st.session_state[widget_key(form, name)]
    try:
        follows = key in st.session_state and _values(form, name)[0] == number
    except InputError:
        follows = True  # a text that can be corrected
    if not follows:
        st.session_state[key] = f"{number:.10g}"
    st.text_input(
        TrainConfig.label(name), key=key, help=TrainConfig.explanation(name), persist_state="session",
        on_change=guarded(_take), args=(form, name),
    )  # fmt: skip
    if wrong := problems(form).get(name):
        st.error(escape(wrong))


def _take(form: str, name: str) -> None:
    try:
        set_value(form, name, _values(form, name)[0])
    except InputError:
        return  # shown below the field
