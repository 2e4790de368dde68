"""Serve the plotly.js that the plotly package ships, so that charts work without the network."""

from pathlib import Path

import streamlit as st
from plotly.offline import get_plotlyjs

STATIC = Path(__file__).parents[2] / "static"
URL = "app/static/plotly.min.js"


@st.cache_resource(show_spinner=False)
def publish_plotly() -> None:
    """Write plotly.min.js into `static/`, which Streamlit serves; once, and again after an upgrade."""
    script, target = get_plotlyjs().encode(), STATIC / "plotly.min.js"
    if not target.exists() or target.stat().st_size != len(script):
        STATIC.mkdir(exist_ok=True)
        target.with_suffix(".tmp").write_bytes(script)
        target.with_suffix(".tmp").replace(target)
