"""The app's language: what this browser has chosen, else what it asks for. The choice is kept in a cookie.

It is kept outside the session state, because each look there is a point at which Streamlit may end the script, and a
text can be needed where that must not happen, such as within a transaction.
"""

import threading

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_core.common import language
from mnist_core.common.language import LANGUAGES, _
from pages import browser
from pages.widgets.guarded import guarded

COOKIE = "language"
CHOSEN = "language.chosen"
MAX_SESSIONS = 1000

_spoken: dict[str, str] = {}
"""Id of a session → its language; those of the latest runs come last."""
_lock = threading.Lock()


def of_this_session() -> str:
    """The language of the tab that is being served; a thread that serves none uses the system's."""
    serving = get_script_run_ctx(suppress_warning=True)
    if serving is None:
        return language.of_the_system()
    return _spoken.get(serving.session_id) or determine()


def determine() -> str:
    """Find out the language of the tab that is being served, for the texts that follow. Call it once in each run."""
    serving = get_script_run_ctx()
    assert serving is not None
    found = st.session_state.get(CHOSEN) or browser.kept(COOKIE)
    if found not in LANGUAGES:
        found = language.best(st.context.locale) if st.context.locale else language.of_the_system()
    with _lock:
        _spoken.pop(serving.session_id, None)
        _spoken[serving.session_id] = str(found)
        while len(_spoken) > MAX_SESSIONS:
            del _spoken[next(iter(_spoken))]
    return str(found)


def switch(key: str = "language.menu") -> None:
    """A menu of the languages, each in its own name."""
    st.menu_button(
        LANGUAGES[language.current()],
        list(LANGUAGES),
        key=key,
        icon=":material/translate:",
        type="tertiary",
        format_func=LANGUAGES.__getitem__,
        help=_("Language"),
        on_click=guarded(_choose),
        args=(key,),
    )


def keep_choice(key: str) -> None:
    """Keep what a person has chosen in a select box with translated options when the language changes.

    The browser names the choice by its text, and Streamlit resets a text that is not an option. So this sends the
    choice to the browser again. Call it before the select box.

    Args:
        key: the select box's key.
    """
    shown = f"{key}.language"
    if key in st.session_state and st.session_state.get(shown, language.current()) != language.current():
        st.session_state[key] = st.session_state[key]
    st.session_state[shown] = language.current()


def tell_browser() -> None:
    """Tell the browser the page's language, for screen readers and fonts, and keep what was chosen."""
    browser.run(f"document.documentElement.lang = {language.current().replace('_', '-')!r};")
    if chosen := st.session_state.get(CHOSEN):
        browser.keep(COOKIE, chosen)


def _choose(key: str) -> None:
    if (chosen := st.session_state[key]) in LANGUAGES:
        st.session_state[CHOSEN] = chosen
        determine()


language.chosen_by(of_this_session)
language.in_app_if(lambda: get_script_run_ctx(suppress_warning=True) is not None)
