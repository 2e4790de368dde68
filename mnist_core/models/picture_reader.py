"""A picture of several digits beside each other → the number that they are."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from PIL import Image

from mnist_core.drawing import pictures
from mnist_core.drawing.framing import framed
from mnist_core.drawing.paper import Ink
from mnist_core.drawing.picture_pieces import Pieces, pieces
from mnist_core.drawing.segmentation import Candidates, around, line_height
from mnist_core.drawing.strokes import SIDE
from mnist_core.models.number_reader import Digit, Number
from mnist_core.models.predictor import Predictor

NO_DIGIT_COST = 4.0
"""As in `stroke_groups`; more, because parts of touching digits must be worth a cut."""
FLAT = 1.5
"""A picture that is wider, as a share of its height, may show digits from edge to edge."""
HIGHEST = 64
"""Pixels of the line. More would take time and show no more."""
MOST_PIECES = 60
"""A picture with more is not read as a number."""


def read_picture(predictor: Predictor, gray: npt.NDArray[Any], *, light_on_dark: bool | None = None) -> Number:
    """(H, W) grey values → the number in the picture; the boxes are in its pixels.

    A picture of one digit is predicted like `pictures.digit`.

    Args:
        gray: as from `picture_files.read_gray`.
        light_on_dark: whether light counts as ink; None to judge from the picture.

    Raises:
        InputError: it is not a two-dimensional picture.
    """
    single = pictures.digit(gray, light_on_dark=light_on_dark)
    if gray.shape != (SIDE, SIDE) and single.box is not None:
        digits = _several(predictor, gray, single.light_on_dark)
        if len(digits) > 1:
            return Number(digits)
    if single.box is None:
        return Number(())
    box = (float(single.box.left), float(single.box.top), float(single.box.right), float(single.box.bottom))
    return Number((Digit(box, single.image, predictor.predict(single.image)),))


def _several(predictor: Predictor, gray: npt.NDArray[Any], light_on_dark: bool) -> tuple[Digit, ...]:
    """The digits from left to right; none if there are hardly any pieces, or too many."""
    margin = gray.shape[0] // 4 if gray.shape[1] > FLAT * gray.shape[0] else 0
    ink, scale = _reduced(pictures.ink(_with_margin(gray, margin, light_on_dark), light_on_dark=light_on_dark))
    found = pieces(ink)
    if not 2 <= found.count <= MOST_PIECES:
        return ()
    candidates = Candidates(found.boxes, found.ties)
    images = np.stack([framed(found.mask(group)) for group in candidates.groups])
    chosen = candidates.best(predictor.scores(images, no_digit_cost=NO_DIGIT_COST).tolist())
    predictions = predictor.predict_all(images[chosen])
    digits = []
    for number, prediction in zip(chosen, predictions, strict=True):
        inside = np.clip(found.boxes[[*candidates.groups[number]]] * scale - margin, 0, [*gray.shape[::-1]] * 2)
        digits.append(Digit(around(inside), images[number], prediction))
    return tuple(digits)


def _with_margin(gray: npt.NDArray[Any], margin: int, light_on_dark: bool) -> npt.NDArray[Any]:
    """The picture with its own ground around it, so that a digit that reaches the edge is not cut off by it."""
    if not margin:
        return gray
    fill = scipy.ndimage.grey_opening if light_on_dark else scipy.ndimage.grey_closing
    wider = np.pad(fill(gray, size=(2 * margin, 2 * margin)), margin, mode="edge")
    wider[margin:-margin, margin:-margin] = gray
    return wider


def _reduced(ink: Ink) -> tuple[Ink, float]:
    """The ink with a line of `HIGHEST` pixels at most, and the factor back to the size that it had."""
    found: Pieces = pieces(ink)
    scale = line_height(found.boxes) / HIGHEST if found.count else 1.0
    if scale <= 1:
        return ink, 1.0
    size = (max(1, round(ink.shape[1] / scale)), max(1, round(ink.shape[0] / scale)))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX)), scale
