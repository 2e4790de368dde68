"""Several digits beside each other → a number. It takes many predictions, so it runs in a thread."""

from dataclasses import dataclass

from mnist_core.collection.drawing import Drawing
from mnist_core.drawing import picture_files
from mnist_core.models.number_reader import Digit, Number, read_bitmap, read_number
from mnist_core.models.picture_reader import read_picture
from mnist_core.models.predictor import Predictor
from mnist_core.service import inputs
from mnist_core.service.limits import Limits


@dataclass(frozen=True)
class PredictedNumber:
    """A number, and what each of its digits was predicted from."""

    number: Number
    drawings: list[Drawing]


def in_drawings(predictor: Predictor, drawings: list[Drawing]) -> list[PredictedNumber]:
    """The number in each drawing."""
    return [_in_drawing(predictor, each) for each in drawings]


def in_picture(predictor: Predictor, body: bytes, kind: str, limits: Limits) -> list[PredictedNumber]:
    """The number in a picture file; the boxes are in its pixels.

    Raises:
        Problem: as for `inputs.picture`.
    """
    gray = inputs.picture(body, kind, limits, side=picture_files.NUMBER_SIDE)
    found = read_picture(predictor, gray).enlarged(picture_files.longer_side(body) / max(gray.shape))
    return [PredictedNumber(found, [*map(_bitmap, found.digits)])]


def _in_drawing(predictor: Predictor, drawing: Drawing) -> PredictedNumber:
    if drawing.strokes is None:
        found = read_bitmap(predictor, drawing.image)
        return PredictedNumber(found, [*map(_bitmap, found.digits)])
    strokes, found = drawing.strokes, read_number(predictor, drawing.strokes)
    return PredictedNumber(
        found, [Drawing(None, strokes=[strokes[each] for each in digit.strokes]) for digit in found.digits]
    )


def _bitmap(digit: Digit) -> Drawing:
    return Drawing(None, bitmap=digit.image)
