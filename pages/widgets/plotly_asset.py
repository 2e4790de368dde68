"""Serve the plotly.js that the plotly package ships, so that charts work without the network."""

from pathlib import Path

import streamlit as st
from plotly.offline import get_plotlyjs

STATIC = Path(__file__).parents[2] / "static"
URL = "app/static/plotly.min.js"


@st.cache_resource(show_spinner=False)
def publish_plotly() -> bool:
    """Write plotly.min.js into `static/`, which Streamlit serves; once, and again after an upgrade.

    Returns:
        Whether it is there. A read-only installation may lack it, and a full disk.
    """
    script, target = get_plotlyjs().encode(), STATIC / "plotly.min.js"
    try:
        if not target.exists() or target.stat().st_size != len(script):
            STATIC.mkdir(exist_ok=True)
            target.with_suffix(".tmp").write_bytes(script)
            target.with_suffix(".tmp").replace(target)
    except OSError:
        return target.exists()
    return True
