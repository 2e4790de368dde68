"""A picture of several digits beside each other → the number that they are."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from PIL import Image

from mnist_core.drawing import pictures
from mnist_core.drawing.framing import framed
from mnist_core.drawing.marks import INK
from mnist_core.drawing.paper import Ink
from mnist_core.drawing.picture_pieces import Pieces, pieces
from mnist_core.drawing.segmentation import TALL, Candidates, around, line_height
from mnist_core.drawing.strokes import SIDE
from mnist_core.models.number_reader import Digit, Number
from mnist_core.models.predictor import Predictor

NO_DIGIT_COST = 4.0
"""As in `stroke_groups`; more, because two digits that touch must not stay one mark that is no digit."""
MOST_PARTS = 9
"""Of a digit; a wide one may be cut several times."""
WIDEST = 1.2
"""A mark that is surely a digit is not cut unless it is wider than this share of its height."""
WIDE = 0.8
"""In a wider mark that is surely a digit, the division is tried all the same. If it finds several, nothing is sure."""
CLOSE = 0.85
"""A rival division that is worse by less leaves open how many digits there are. Of two, the better one has 70% then."""
TIGHT = 0.75
"""A line of digits with at least this share of the picture's height may be cut out closely."""
HIGHEST = 64
"""Pixels of the line. More would take time and show no more."""
MOST_PIECES = 60
"""A picture with more is not read as a number."""


def read_picture(predictor: Predictor, gray: npt.NDArray[Any], *, light_on_dark: bool | None = None) -> Number:
    """(H, W) grey values → the number in the picture; the boxes are in its pixels.

    A picture of one digit is predicted like `pictures.digit`. One mark that is
    surely a digit, and no wider than digits are, is never cut.

    Args:
        gray: as from `picture_files.read_gray`.
        light_on_dark: whether light counts as ink; None to judge from the picture.

    Raises:
        InputError: it is not a two-dimensional picture.
    """
    single = pictures.digit(gray, light_on_dark=light_on_dark)
    if single.box is None:
        return Number(())
    prediction = predictor.predict(single.image)
    certain = True
    if gray.shape != (SIDE, SIDE):
        ink = pictures.ink(gray, light_on_dark=single.light_on_dark)
        mark, *others = pictures.marks(ink)
        one = prediction.verdict == "sure" and not others
        if not one or mark.width > WIDE * mark.height:
            number = _several(predictor, ink)
            if len(number.digits) > 1 and not (one and mark.width <= WIDEST * mark.height):
                return number
            certain = number.certain and len(number.digits) < 2
    box = (float(single.box.left), float(single.box.top), float(single.box.right), float(single.box.bottom))
    return Number((Digit(box, single.image, prediction),), certain)


def _several(predictor: Predictor, full: Ink) -> Number:
    """The digits from left to right; none if there are hardly any pieces, or too many."""
    ink, scale = _reduced(full)
    margin = _margin(ink)
    ink = np.pad(ink, margin)
    found = pieces(ink)
    if not 2 <= found.count <= MOST_PIECES:
        return Number(())
    candidates = Candidates(found.boxes, found.ties, MOST_PARTS)
    images = np.stack([framed(found.mask(group)) for group in candidates.groups])
    scores = predictor.scores(images, no_digit_cost=NO_DIGIT_COST).tolist()
    chosen = candidates.best(scores)
    certain = all(worse >= CLOSE or len(rival) == len(chosen) for worse, rival in candidates.rivals(scores))
    predictions = predictor.predict_all(images[chosen])
    digits = []
    for number, prediction in zip(chosen, predictions, strict=True):
        inside = np.clip((found.boxes[[*candidates.groups[number]]] - margin) * scale, 0, [*full.shape[::-1]] * 2)
        digits.append(Digit(around(inside), images[number], prediction))
    return Number(tuple(digits), certain)


def _margin(ink: Ink) -> int:
    """Pixels of ground to put around the picture, so that the edges do not cut off digits that reach them."""
    labels, _count = scipy.ndimage.label(ink >= INK, structure=np.ones((3, 3)))
    heights = [rows.stop - rows.start for rows, _columns in scipy.ndimage.find_objects(labels)]
    tall = [height for height in heights if height >= TALL * max(heights)]
    return 1 if tall and np.median(tall) >= TIGHT * ink.shape[0] else 0


def _reduced(ink: Ink) -> tuple[Ink, float]:
    """The ink with a line of `HIGHEST` pixels at most, and the factor back to the size that it had."""
    found: Pieces = pieces(ink)
    scale = line_height(found.boxes) / HIGHEST if found.count else 1.0
    if scale <= 1:
        return ink, 1.0
    size = (max(1, round(ink.shape[1] / scale)), max(1, round(ink.shape[0] / scale)))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX)), scale
