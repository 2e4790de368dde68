"""Serve the plotly.js that the plotly package ships, so that charts work without the network."""

import shutil
from pathlib import Path

import plotly
import streamlit as st

STATIC = Path(__file__).parents[2] / "static"
URL = "app/static/plotly.min.js"


@st.cache_resource(show_spinner=False)
def publish_plotly() -> None:
    """Copy plotly.min.js into `static/`, which Streamlit serves; once, and again after an upgrade."""
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    target = STATIC / "plotly.min.js"
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        STATIC.mkdir(exist_ok=True)
        shutil.copyfile(source, target.with_suffix(".tmp"))
        target.with_suffix(".tmp").replace(target)
