"""The pages' error boundary: an error is told in a sentence where it arises, and the rest of the page is there.

The sentence is `log.told`'s: a `StudioError` says what happened; anything else is in the log. Callbacks, fragments and
downloads need guards of their own: Streamlit runs them where the page does not catch errors. What Streamlit itself
raises to stop or rerun a script is no `Exception` and passes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import streamlit as st

from mnist_core.common import log
from pages.widgets.text import escape

P = ParamSpec("P")
FAILURES = "guarded.failures"
"""The session-state key of the downloads' errors that are not told yet."""


def guarded(callback: Callable[P, object]) -> Callable[P, None]:
    """The callback, with an error told as a message instead of ending the page."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it
            _toast(log.told(error))

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


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error of the block and go on after it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 – a boundary, which logs it
        show_error(error)


def guarded_fragment(function: Callable[P, object], *, run_every: float | None = None) -> Callable[P, None]:
    """A fragment that shows an error in its place; the next run replaces the message.

    Args:
        run_every: seconds between two runs; None: only when a widget in it changes.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with errors_shown():
            function(*args, **kwargs)

    return st.fragment(run, run_every=run_every)


def deferred(content: Callable[[], bytes]) -> Callable[[], bytes]:
    """A download's content, made when it is pressed; `tell_failures` says why it could not be made.

    Streamlit makes it in a thread of its own, which cannot write on the page. It tells the browser only that it failed.
    """
    failures: list[str] = st.session_state.setdefault(FAILURES, [])

    @wraps(content)
    def run() -> bytes:
        try:
            return content()
        except Exception as error:
            failures.append(log.told(error))
            raise

    return run


def tell_failures() -> None:
    """Say why downloads failed, each once."""
    failures: list[str] = st.session_state.get(FAILURES, [])
    while failures:
        _toast(failures.pop(0))


def show_error(error: Exception) -> None:
    """An error as text: nothing in it is taken for Markdown."""
    st.error(escape(log.told(error)), icon=":material/error:")


def _toast(message: str) -> None:
    st.toast(escape(message), icon=":material/error:", duration="long")
