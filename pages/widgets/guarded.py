"""Callbacks that may fail: Streamlit runs them before the page, where nothing would catch their errors."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from mnist_core.common.errors import StudioError
from pages.widgets.text import escape

P = ParamSpec("P")


def guarded(callback: Callable[P, object]) -> Callable[P, None]:
    """The callback, with a `StudioError` shown as a message instead of ending the page."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except StudioError as error:
            st.toast(escape(str(error)), icon=":material/error:", duration="long")

    return run


def once(callback: Callable[P, object]) -> Callable[P, None]:
    """A button's callback, guarded, and done once each time that the button is drawn.

    Streamlit's page keeps a click until a timeout of 0 ms sends it. Where other timers are due before that, as on a
    busy page with fragments that `run_every` second, their messages carry the click, too, and each calls the callback.
    Where such a message draws the button anew, as its own fragment's does, the callback must bear a second call.
    """
    waiting = True

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        nonlocal waiting
        if waiting:
            waiting = False
            guarded(callback)(*args, **kwargs)

    return run


def show_error(error: StudioError) -> None:
    """An error as text: nothing in it is taken for Markdown."""
    st.error(escape(str(error)), icon=":material/error:")
