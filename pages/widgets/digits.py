"""28×28 images on a page: enlarged without blur."""

import html

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.common.language import _, n_
from mnist_core.drawing import png_files


def digit(image: npt.NDArray[np.uint8], *, side: int = 140, caption: str = "") -> None:
    """One image, `side` pixels wide."""
    st.html(figure(image, side, caption))


def strip(
    images: npt.NDArray[np.uint8], captions: list[str], *, side: int = 64, marks: list[str] | None = None
) -> None:
    """Many images in rows that wrap, each with a caption below.

    Args:
        marks: the colour of each image's frame; "" for no frame.
    """
    marks = marks or [""] * len(images)
    figures = [figure(*each) for each in zip(images, [side] * len(images), captions, marks, strict=True)]
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:10px">{"".join(figures)}</div>')


def contact_sheet(images: npt.NDArray[np.uint8], columns: int) -> None:
    """Many images in one picture that fills its container's width.

    The page embeds all pictures. The server deletes a picture file as soon as the page changes.
    """
    picture = png_files.data_url(png_files.contact_sheet(images, columns))
    text = html.escape(n_("{n} digit", "{n:,} digits", len(images)))
    st.html(f'<img src="{picture}" alt="{text}" style="width:100%;border-radius:6px">')


def figure(image: npt.NDArray[np.uint8], side: int, caption: str, mark: str = "") -> str:
    """The HTML of one image, `side` pixels wide, with a caption below and a frame in the colour `mark`."""
    frame = f"box-shadow:0 0 0 3px {mark};" if mark else ""
    text = html.escape(caption)
    alternative = text or html.escape(_("A digit as the network sees it"))
    return (
        f'<figure style="margin:0;text-align:center"><img src="{png_files.data_url(image)}" width="{side}" '
        f'height="{side}" alt="{alternative}" '
        f'style="image-rendering:pixelated;border-radius:6px;{frame}">'
        f'<figcaption style="font-size:.8rem;opacity:.8">{text}</figcaption></figure>'
    )
