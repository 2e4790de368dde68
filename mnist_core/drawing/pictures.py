"""A grey picture of anything → the digit in it, as a network sees it.

picture file ──picture_files.read_gray──► grey values ──ink──► ink without light and lines
    ──marks──► the boxes of what may be digits ──digit──► (28, 28) with MNIST's geometry
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.drawing import fields, framing, lines, paper
from mnist_core.drawing.marks import INK, Box, digit_mark, marks, whole
from mnist_core.drawing.paper import Ink
from mnist_core.drawing.strokes import SIDE, Gray

__all__ = ["Box", "Found", "digit", "ink", "marks"]


@dataclass(frozen=True)
class Found:
    """What was taken for the digit."""

    image: Gray
    """(28, 28) uint8 with MNIST's geometry; all 0 if the picture shows no ink."""
    box: Box | None
    """Where it is in the picture; None without ink."""
    light_on_dark: bool
    """Whether light counts as ink."""
    shape: tuple[int, ...]
    """The picture's, (H, W)."""

    def scaled_to(self, shape: tuple[int, ...]) -> Self:
        """The same in a picture of this shape, (H, W), of which the first one was a reduction."""
        return self if self.box is None else replace(self, box=self.box.scaled(self.shape, shape))


def ink(gray: npt.NDArray[Any], *, light_on_dark: bool | None = None) -> Ink:
    """(H, W) grey values → (H, W) float32: 0 ground, 1 ink; a pixel counts as ink from 0.5.

    Shadows, ruled lines, boxes and frames are gone.

    Args:
        gray: as from `picture_files.read_gray`.
        light_on_dark: whether light counts as ink; None to judge from the picture.

    Raises:
        InputError: it is not a two-dimensional picture.
    """
    return _ink(*_on_paper(gray, light_on_dark))


def _ink(gray: npt.NDArray[Any], light: bool) -> Ink:
    share = paper.share(gray, light_on_dark=light)
    first = max(paper.otsu(share), paper.FAINTEST)
    boxed = fields.in_boxes(share / (2 * first))
    clear = lines.without_lines(boxed)
    second = max(paper.otsu(np.where(whole(clear), clear, 0)), paper.FAINTEST / (2 * first))
    amount: Ink = np.clip(clear / (2 * second), 0, 1)
    lined = not np.array_equal(clear, boxed)
    empty = paper.is_noise(share, amount >= INK) or (lined and lines.are_left_over(amount >= INK))
    return np.zeros_like(amount) if empty else amount


def digit(gray: npt.NDArray[Any], *, box: Box | None = None, light_on_dark: bool | None = None) -> Found:
    """(H, W) grey values → the digit in the picture.

    A 28×28 picture of light ink on a dark ground that has MNIST's geometry is returned as it is.

    Args:
        gray: as from `picture_files.read_gray`.
        box: where the digit is; None to look for it.
        light_on_dark: whether light counts as ink; None to judge from the picture.

    Raises:
        InputError: it is not a two-dimensional picture.
    """
    sheet, light = _on_paper(gray, light_on_dark)
    if gray.shape == (SIDE, SIDE) and box is None and gray.min() < gray.max():
        image = gray if light else 255 - gray
        return Found(framing.reframed(np.rint(image).astype(np.uint8)), Box(0, 0, SIDE, SIDE), light, gray.shape)
    found = _ink(sheet, light)
    mark = digit_mark(found if box is None else box.cut(found))
    if mark is None:
        return Found(np.zeros((SIDE, SIDE), np.uint8), box, light, gray.shape)
    around = Box.around(mark)
    return Found(framing.framed(around.cut(mark)), box or around, light, gray.shape)


def _on_paper(gray: npt.NDArray[Any], light_on_dark: bool | None) -> tuple[npt.NDArray[Any], bool]:
    """The picture without a desk, and whether light counts as ink; on a sheet it does not unless a person says so."""
    if gray.ndim != 2 or 0 in gray.shape:
        raise InputError(
            _("A picture must be two-dimensional grey values; this one has the shape {shape}.", shape=str(gray.shape))
        )
    sheet = None if light_on_dark else fields.on_sheet(gray)
    if sheet is not None:
        return sheet, False
    return gray, paper.is_light_on_dark(gray) if light_on_dark is None else light_on_dark
