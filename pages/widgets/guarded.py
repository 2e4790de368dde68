"""The pages' error boundary: it shows an error in a sentence where it arises, and the rest of the page is there.

`log.told` makes the sentence. Callbacks, fragments and downloads need guards of their own, because Streamlit runs them
where the page does not catch errors. The signals by which Streamlit stops or reruns a script pass: they are no
`Exception`s.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st

from mnist_core.common import log
from mnist_core.common.language import Text
from pages.widgets.text import escape

P = ParamSpec("P")
FAILURES = "guarded.failures"
"""The session-state key of the downloads' errors that the page has not shown."""


def guarded(callback: Callable[P, object]) -> Callable[P, None]:
    """The callback; an error becomes a message instead of ending the page."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it
            _toast(log.told(error))

    return run


def once(callback: Callable[P, object]) -> Callable[P, None]:
    """A button's callback, guarded, which runs once each time that the page draws the button.

    Streamlit's page keeps a click until a timeout of 0 ms sends it. On a busy page with fragments that `run_every`
    second, other timers come first. Their messages carry the click as well, and each of them calls the callback. If
    such a message draws the button anew, as its own fragment's does, the callback must tolerate a second call.
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
    """Show an error of the block and continue after it."""
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


def guarded_dialog(
    function: Callable[P, object], title: str, *, width: Literal["small", "medium", "large"], icon: str
) -> Callable[P, None]:
    """A dialog that shows an error in its place."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with errors_shown():
            function(*args, **kwargs)

    return st.dialog(title, width=width, icon=icon)(run)


def deferred(content: Callable[[], bytes]) -> Callable[[], bytes]:
    """A download's content, made when its button is pressed; `tell_failures` says why it could not be made.

    Streamlit calls it in a thread of its own, which cannot write on the page. The browser learns only that it failed.
    """
    failures: list[Text] = st.session_state.setdefault(FAILURES, [])

    @wraps(content)
    def run() -> bytes:
        try:
            return content()
        except Exception as error:
            failures.append(log.told(error))
            raise

    return run


def tell_failures() -> None:
    """Say once why each failed download failed."""
    failures: list[Text] = st.session_state.get(FAILURES, [])
    while failures:
        _toast(failures.pop(0).again())  # its thread has no session and so not the session's language


def show_error(error: Exception) -> None:
    """Show an error as plain text, not as Markdown. One that was kept since an earlier run is translated anew."""
    st.error(escape(log.told(error).again()), icon=":material/error:")


def _toast(message: str) -> None:
    st.toast(escape(message), icon=":material/error:", duration="long")
