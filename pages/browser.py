"""What the pages do in the browser itself: run a short script, and keep a choice in a cookie."""

import streamlit as st

YEAR_S = 365 * 24 * 3600


def run(script: str) -> None:
    """Run JavaScript where the page is."""
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def keep(name: str, value: str) -> None:
    """Keep a choice for a year. The session's own requests carry it after the next reload only.

    Args:
        value: letters, digits and underscores.
    """
    run(f"document.cookie = 'mnist_studio_{name}={value}; path=/; max-age={YEAR_S}; samesite=lax';")


def kept(name: str) -> str | None:
    """What the browser had kept when the tab was opened."""
    return st.context.cookies.get(f"mnist_studio_{name}")
