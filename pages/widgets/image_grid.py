"""28×28 images in rows that wrap. A click on one enlarges it."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.common.language import _
from mnist_core.drawing import png_files

CSS = """
.image-grid { display: flex; flex-wrap: wrap; gap: .35rem; }
.image-grid button { display: flex; flex-direction: column; align-items: center; gap: .15rem; min-width: 44px;
  padding: .3rem; border: 0; border-radius: .5rem; background: none; color: inherit; font: inherit; cursor: zoom-in; }
.image-grid button:is(:hover, :focus-visible) { background: light-dark(#ecebff, #2f2c5c); }
.image-grid button:focus-visible { outline: 2px solid var(--st-primary-color, #4f46e5); }
.image-grid img { image-rendering: pixelated; border-radius: 6px; }
.image-grid span { font-size: .8rem; opacity: .85; }
"""
_grid = st.components.v2.component(
    "mnist_studio_image_grid", html='<div class="image-grid"></div>', css=CSS,
    js=Path(__file__).with_name("image_grid.js").read_text("utf-8"), isolate_styles=False,
)  # fmt: skip


def image_grid(
    images: npt.NDArray[np.uint8], captions: list[str], *, key: str, side: int = 64, marks: list[str] | None = None
) -> int | None:
    """Show the images, each with a caption below.

    Args:
        marks: the colour of each image's frame; "" for no frame.

    Returns:
        The place of the image on which the person has clicked in this run.
    """
    marks = marks or [""] * len(images)
    each = zip(images, captions, marks, strict=True)
    data: dict[str, Any] = {
        "images": [{"source": png_files.data_url(image), "caption": text, "mark": mark} for image, text, mark in each],
        "side": side,
        "label": _("Enlarge: {image}", image="{image}"),
    }
    clicked = _grid(key=key, data=[data], on_clicked_change=lambda: None).get("clicked")
    return int(clicked["place"]) if clicked else None
