"""The ten probabilities of a prediction as bars to look at. Those of the Draw page are buttons (`label_bars.py`)."""

import html
from collections.abc import Sequence

import streamlit as st

from mnist_core.common.language import _

CSS = """
.shares { display: grid; grid-template-columns: auto 1fr 4rem; gap: .2rem .6rem; align-items: center;
  font-size: .9rem; }
.shares i { display: block; height: .8rem; border-radius: 3px; background: light-dark(#b9bad0, #565b78);
  min-width: 2px; }
.shares i.most { background: light-dark(#4f46e5, #8f88ff); }
.shares span { text-align: right; font-variant-numeric: tabular-nums; }
"""


def shares(probabilities: Sequence[float]) -> None:
    """Show a bar for each digit. That of the greatest probability stands out."""
    most = max(probabilities)
    rows = "".join(
        f'<b>{digit}</b><i class="{"most" if share == most else ""}" style="width:{share:.1%}"></i>'
        f"<span>{share:.1%}</span>"
        for digit, share in enumerate(probabilities)
    )
    st.html(f'<div class="shares" role="group" aria-label="{html.escape(_("Probabilities"))}">{rows}</div>')
