"""A list in place of a text field."""

from collections.abc import Callable, Sequence

import streamlit as st

from mnist_core.config.schema import TrainConfig
from pages.language import keep_choice
from pages.widgets.config_form import widget_key


def choice(form: str, name: str, options: Sequence[str], title: Callable[[str], str], *, others: bool = False) -> None:
    """Let a person choose a text setting of a training. What the form has is offered as well, whatever it is.

    Args:
        title: option → what the list calls it.
        others: whether another value can be typed.
    """
    key = widget_key(form, name)
    present = st.session_state[key]
    keep_choice(key)
    st.selectbox(
        TrainConfig.label(name), [*options, *([] if present in options else [present])], format_func=title, key=key,
        help=TrainConfig.explanation(name), accept_new_options=others, persist_state="session",
    )  # fmt: skip
