"""The top of a page: its title and one sentence that says what the page is for, in one line where there is room."""

import streamlit as st


def heading(title: str, purpose: str) -> None:
    """
    Args:
        title: as the navigation has it.
        purpose: one sentence.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="heading"):
        st.title(title, anchor=False, width="content")
        st.caption(purpose, width="content")
