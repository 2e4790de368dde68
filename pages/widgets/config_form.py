"""A config's fields as widgets, in groups, each with its description and, where it is wrong, its error."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin

import streamlit as st
from pydantic import ValidationError

from mnist_core.common.language import Text, _
from mnist_core.config.fields import GROUPS, Config, option
from mnist_core.jobs import gpu
from pages.language import keep_choice

C = TypeVar("C", bound=Config)
Widget = Callable[[str], None]
"""Draws what takes the place of a field's own widget, under its `widget_key`, for the field of this name."""
OWN: Mapping[str, Widget] = {}
"""Every field has its own widget."""


def widget_key(form: str, name: str) -> str:
    """The session-state key of a field's widget."""
    return f"{form}.{name}"


def set_values(form: str, config: type[Config], values: dict[str, Any], *, keep: Collection[str] = ()) -> None:
    """Put values into the form. Fields that are not named get their defaults, except those to keep."""
    for name, field in config.model_fields.items():
        if name in values or name not in keep:
            st.session_state[widget_key(form, name)] = values.get(name, field.default)


def set_value(form: str, name: str, value: Any) -> None:
    """Put one value into the form."""
    st.session_state[widget_key(form, name)] = value


def changed(form: str, config: Config) -> list[str]:
    """The labels of the fields whose values are not their defaults, of those that the form has."""
    return [config.label(name) for name in config.changed() if widget_key(form, name) in st.session_state]


def differing(form: str, config: type[Config], values: dict[str, Any], *, among: Collection[str]) -> list[str]:
    """The labels of the fields whose values are neither these nor, where none is given, the defaults."""
    now = _values(form, config)
    fields = {name: values.get(name, field.default) for name, field in config.model_fields.items() if name in among}
    return [config.label(name) for name, value in fields.items() if now[name] != value]


def config_form(
    form: str, config: type[C], groups: list[str], *, columns: int = 3, hidden: Collection[str] = (),
    widgets: Mapping[str, Widget] = OWN,
) -> C | None:  # fmt: skip
    """Show the fields of these groups and return the config, or None (with errors beside the fields).

    Fields that are not shown keep what `set_values` gave them, or their defaults. The device is shown if there is a
    choice.

    Args:
        widgets: field → what takes the place of its widget.
    """
    hidden = {*hidden, *_without_a_choice(form, config)}
    slots: dict[str, Any] = {}
    for group in groups:
        names = [name for name in config.groups()[group] if name not in hidden]
        if names and len(groups) > 1:
            st.markdown(f"**{_(GROUPS[group])}**")
        slots |= _rows(form, config, names, columns, widgets)
    return _checked(form, config, slots)


def fields(
    form: str, config: type[C], names: Sequence[str], *, columns: int = 3, widgets: Mapping[str, Widget] = OWN
) -> C | None:
    """Like `config_form`, for these fields."""
    return _checked(form, config, _rows(form, config, names, columns, widgets))


def problems(form: str, config: type[Config]) -> dict[str, Text]:
    """Field → what is wrong with its value, in a sentence."""
    try:
        config(**_values(form, config))
    except ValidationError as error:
        return config.problems(error, config.label)
    return {}


def _without_a_choice(form: str, config: type[Config]) -> set[str]:
    """The device's field where there is only the CPU, unless it names something else: then it can be corrected."""
    if "device" not in config.model_fields or gpu.may_be_chosen():
        return set()
    default = config.model_fields["device"].default
    return {"device"} if st.session_state.get(widget_key(form, "device"), default) == default else set()


def _rows(
    form: str, config: type[Config], names: Sequence[str], columns: int, widgets: Mapping[str, Widget]
) -> dict[str, Any]:
    """Field → the place for its error, below its widget."""
    slots: dict[str, Any] = {}
    for number, name in enumerate(names):
        if number % columns == 0:
            row = st.columns(columns)
        with row[number % columns]:
            if name in widgets:
                st.session_state.setdefault(widget_key(form, name), config.model_fields[name].default)
                widgets[name](name)
            else:
                _widget(form, config, name)
            slots[name] = st.empty()
    return slots


def _checked(form: str, config: type[C], slots: dict[str, Any]) -> C | None:
    try:
        return config(**_values(form, config))
    except ValidationError as error:
        for name, problem in config.problems(error, config.label).items():
            if name in slots:  # a field of another part of the form shows its error there
                slots[name].error(problem)
        return None


def _values(form: str, config: type[Config]) -> dict[str, Any]:
    return {name: st.session_state.get(widget_key(form, name), f.default) for name, f in config.model_fields.items()}


def _widget(form: str, config: type[Config], name: str) -> None:
    field, label, key = config.model_fields[name], config.label(name), widget_key(form, name)
    st.session_state.setdefault(key, field.default)
    shared: dict[str, Any] = {"key": key, "help": config.explanation(name), "persist_state": "session"}
    if get_origin(field.annotation) is Literal:
        keep_choice(key)
        st.selectbox(label, get_args(field.annotation), format_func=option, **shared)
    elif field.annotation is bool:
        st.toggle(label, **shared)
    elif field.annotation is float:
        st.number_input(label, step=_step(field.default), format="%g", **shared)
    elif field.annotation is int:
        st.number_input(label, step=1, **shared)
    else:
        st.text_input(label, **shared)


def _step(default: float) -> float:
    """A sensible step of the + and - buttons."""
    return 0.1 if default == 0 or default >= 1 else 10.0 ** (len(f"{default:f}".rstrip("0")) * -1 + 2)
