"""A text field that shows what is stored and stores what is typed."""

from collections.abc import Callable

import streamlit as st

from pages.widgets.guarded import guarded


def stored_text(label: str, stored: str, save: Callable[[str], object], *, key: str, max_chars: int) -> None:
    """Show `stored`, even after a change elsewhere; call `save` only when the person types something."""
    if key not in st.session_state or st.session_state.get(f"{key}.stored") != stored:
        st.session_state[key] = st.session_state[f"{key}.stored"] = stored

    def typed() -> None:
        save(st.session_state[key])

    st.text_input(label, key=key, max_chars=max_chars, on_change=guarded(typed))
