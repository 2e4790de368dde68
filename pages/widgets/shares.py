"""The ten probabilities of a prediction as bars to look at. Those of the Draw page are buttons (`label_bars.py`)."""

import html
from collections.abc import Sequence

import streamlit as st

from mnist_core.common.language import _


def shares(probabilities: Sequence[float]) -> None:
    """Show a bar for each digit. That of the greatest probability stands out."""
    most = max(probabilities)
    rows = "".join(
        f'<b>{digit}</b><i class="{"most" if share == most else ""}" style="width:{share:.1%}"></i>'
        f"<span>{share:.1%}</span>"
        for digit, share in enumerate(probabilities)
    )
    st.html(f'<div class="shares" role="group" aria-label="{html.escape(_("Probabilities"))}">{rows}</div>')
