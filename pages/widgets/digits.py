"""28×28 images on a page: enlarged without blur."""

import html

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.drawing import pictures


def digit(image: npt.NDArray[np.uint8], *, side: int = 140, caption: str = "") -> None:
    """One image, `side` pixels wide."""
    st.html(_figure(image, side, caption))


def strip(
    images: npt.NDArray[np.uint8], captions: list[str], *, side: int = 64, marks: list[str] | None = None
) -> None:
    """Many images in rows that wrap, each with a caption below.

    Args:
        marks: for each image the colour of its frame, "" for none.
    """
    marks = marks or [""] * len(images)
    figures = [_figure(*each) for each in zip(images, [side] * len(images), captions, marks, strict=True)]
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:10px">{"".join(figures)}</div>')


def contact_sheet(images: npt.NDArray[np.uint8], columns: int) -> None:
    """Many images in one picture as wide as its place.

    It is part of the page, as all of them: a file that the server hands out is gone as soon as the page has moved on.
    """
    picture = pictures.data_url(pictures.contact_sheet(images, columns))
    st.html(f'<img src="{picture}" alt="{len(images)} digits" style="width:100%;border-radius:6px">')


def _figure(image: npt.NDArray[np.uint8], side: int, caption: str, mark: str = "") -> str:
    frame = f"box-shadow:0 0 0 3px {mark};" if mark else ""
    text = html.escape(caption)
    return (
        f'<figure style="margin:0;text-align:center"><img src="{pictures.data_url(image)}" width="{side}" '
        f'height="{side}" alt="{text or "a digit as the network sees it"}" '
        f'style="image-rendering:pixelated;border-radius:6px;{frame}">'
        f'<figcaption style="font-size:.8rem;opacity:.8">{text}</figcaption></figure>'
    )
