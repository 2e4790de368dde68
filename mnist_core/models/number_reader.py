"""Several digits beside each other → the number that they are, digit by digit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from mnist_core.drawing.segmentation import around, boxes_of
from mnist_core.drawing.strokes import Gray, Strokes, rasterize
from mnist_core.models.predictor import Prediction, Predictor, Verdict

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in the unit of the drawing or in pixels of the picture."""


@dataclass(frozen=True)
class Digit:
    """One digit of a number."""

    box: Box
    image: Gray
    """(28, 28), as the network sees it."""
    prediction: Prediction
    strokes: tuple[int, ...] = ()
    """The indices of its strokes; none in a picture."""


@dataclass(frozen=True)
class Number:
    """The digits of a drawing or a picture, from left to right; none if nothing is drawn."""

    digits: tuple[Digit, ...]
    certain: bool = True
    """Whether another division, into more digits or fewer, is clearly worse."""

    @property
    def text(self) -> str:
        """Such as "2026"; with a question mark for what is not a digit."""
        return "".join(str(each.prediction.digit) if each.prediction.recognised else "?" for each in self.digits)

    @property
    def verdict(self) -> Verdict:
        """The worst of the digits' verdicts; at best "not sure" if their number is not certain."""
        verdicts = [each.prediction.verdict for each in self.digits] + ["not sure"] * (not self.certain)
        order: tuple[Verdict, ...] = ("not a digit", "not sure", "sure")
        return next((each for each in order if each in verdicts), "nothing drawn")

    def enlarged(self, scale: float) -> Self:
        """The same with boxes in a smaller unit."""
        larger = [[scale * side for side in each.box] for each in self.digits]
        pairs = zip(self.digits, larger, strict=True)
        return replace(self, digits=tuple(replace(each, box=(box[0], box[1], box[2], box[3])) for each, box in pairs))

    @property
    def recognised(self) -> bool:
        """Whether all are digits."""
        return self.verdict in ("sure", "not sure")


def read_number(predictor: Predictor, strokes: Strokes) -> Number:
    """The number that these strokes are; one digit if they are one."""
    return read_numbers(predictor, [strokes])[0]


def read_bitmap(predictor: Predictor, image: Gray) -> Number:
    """A (28, 28) image of one digit; no digit if it is blank."""
    rows, columns = np.nonzero(image)
    if not len(rows):
        return Number(())
    box = float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)
    return Number((Digit(box, image, predictor.predict(image)),))


def read_numbers(predictor: Predictor, drawings: Sequence[Strokes]) -> list[Number]:
    """For each drawing the same as `read_number`."""
    divided = [
        [(group, [strokes[each] for each in group]) for group in groups]
        for strokes, groups in zip(drawings, predictor.divide(drawings), strict=True)
    ]
    images = [rasterize(own) for number in divided for _group, own in number]
    predictions = predictor.predict_all(np.stack(images)) if images else []
    found = iter(zip(images, predictions, strict=True))
    return [Number(tuple(_digit(group, own, *next(found)) for group, own in number)) for number in divided]


def _digit(group: Sequence[int], strokes: Strokes, image: Gray, prediction: Prediction) -> Digit:
    return Digit(around(boxes_of(strokes)), image, prediction, tuple(group))
