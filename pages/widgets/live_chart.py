"""A Plotly chart that is updated in place.

`st.plotly_chart` replaces its node whenever the data change: it flickers and loses zoom, hidden lines and hover. This
component calls `Plotly.react` on one node, and `uirevision` keeps the user's view (`live_chart.js`).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from mnist_core.common.language import N_, _
from mnist_core.evaluation.chart_text import text_of
from pages.server import PLOTLY

if TYPE_CHECKING:
    import plotly.graph_objects as go

CSS = """
.chart { width: 100%; }
.chart:empty { border-radius: .5rem; background: light-dark(#f1f2f6, #1f2230); }
"""
PLOTLYS_WORDS = (
    N_("Download plot as a PNG"),
    N_("Zoom"),
    N_("Pan"),
    N_("Zoom in"),
    N_("Zoom out"),
    N_("Autoscale"),
    N_("Reset axes"),
    N_("Double-click to zoom back out"),
    N_("Double-click on legend to isolate one trace"),
    N_("Preparing image - this may take a few seconds"),
    N_("Image download succeeded"),
    N_("Sorry, there was a problem downloading your image!"),
)
"""The texts that plotly.js itself shows on these charts, by which it looks up their translations."""

_chart = st.components.v2.component(
    "mnist_studio_chart", html='<div class="chart"></div>', css=CSS,
    js=Path(__file__).with_name("live_chart.js").read_text("utf-8"), isolate_styles=False,
)  # fmt: skip


def live_chart(
    figure: "go.Figure", *, key: str, height: int = 320, modebar: bool = True, clickable: bool = False
) -> dict[str, Any] | None:
    """Show or update the chart `key`. Its name for screen readers says what it shows (`chart_text`).

    Returns:
        Where the user clicked in this run, {"x": …, "y": …}, if `clickable`.
    """
    given = json.loads(figure.to_json(engine="json"))
    layout = given["layout"] | {"uirevision": key, "margin": {"l": 50, "r": 20, "t": 30, "b": 40}}
    data = {
        "figure": given | {"layout": layout},
        "text": text_of(figure),
        "height": height,
        "plotly": PLOTLY,
        "modebar": modebar,
        "clickable": clickable,
        "words": {text: _(text) for text in PLOTLYS_WORDS},
        "failure": _("The chart library could not be loaded. Reload the page."),
    }
    result = _chart(key=key, data=[data], height=height, on_clicked_change=lambda: None)
    clicked: dict[str, Any] | None = result.get("clicked")
    return clicked
