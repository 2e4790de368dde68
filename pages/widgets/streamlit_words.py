"""Streamlit's own English words, in the page's language."""

import json

import streamlit as st

from mnist_core.common import language
from mnist_core.common.language import N_, _

WORDS = {
    '[data-testid="stFileUploaderDropzone"] button p': N_("Upload"),
    '[data-testid="stCameraInput"]:has(video) button': N_("Take a photo"),
    '[data-testid="stCameraInput"]:has(img) button': N_("Clear the photo"),
    '[data-testid="stCameraInput"] :has(> a[target="_blank"])': N_("Allow this page to use the camera."),
    '[data-testid="stTooltipErrorContent"] p': N_("This file is too large or of another type."),
    '[role="listbox"][data-empty="true"] span': N_("No such option"),
}
"""Where Streamlit has an English text of its own → what it says."""


def translate() -> None:
    """In another language than English, ours take the place of Streamlit's."""
    if language.current() == language.SOURCE:
        return
    rules = [f"{', '.join(WORDS)} {{ font-size: 0; }}"]
    for where, text in WORDS.items():
        shown = json.dumps(_(text), ensure_ascii=False)
        rules.append(f"{where}::after {{ font-size: .875rem; content: {shown}; }}")
    st.html(f"<style>{' '.join(rules)}</style>")
