"""The choice of a light or a dark theme. A cookie keeps it for all pages (`theme.js`)."""

import streamlit as st

from mnist_core.common.language import N_, _
from pages import browser
from pages.language import keep_choice

THEMES = {"System": N_("As the system"), "Light": N_("Light"), "Dark": N_("Dark")}
"""Streamlit's name of each theme → ours."""
CHOSEN = "theme.chosen"


def theme_choice() -> None:
    """A select box. The page is loaded anew with the theme that is chosen."""
    before = st.session_state.get(CHOSEN) or browser.kept("theme")
    before = before if before in THEMES else "System"
    keep_choice("settings.theme")
    chosen = st.selectbox(
        _("Theme"), list(THEMES), list(THEMES).index(before), key="settings.theme",
        format_func=lambda theme: _(THEMES[theme]),
    )  # fmt: skip
    if chosen != before:
        st.session_state[CHOSEN] = chosen
        browser.keep("theme", chosen)
        browser.run("location.reload();")
