"""The digits of what is drawn: each is labelled, and saved as a drawing of its own."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnist_core.drawing.strokes import Strokes

if TYPE_CHECKING:
    from mnist_core.models.predictor import Predictor

LEAST = 2
"""Recognised digits that make a number of what is drawn on the square field."""

Part = tuple[str, ...]
"""The ids of one digit's strokes."""


@dataclass
class Parts:
    """How the strokes on one session's sheet are divided.

    When a digit is saved, the others stay as they are, although their strokes alone might be divided otherwise.
    """

    strokes: frozenset[str] = frozenset()
    """The ids of what is divided."""
    wide: bool = False
    """Whether that was on the field for numbers."""
    digits: list[Part] = field(default_factory=list)
    """From left to right."""
    marked: int = 0
    """The place of the digit that a label is for."""

    def divide(self, ids: list[str], strokes: Strokes, predictor: "Predictor", *, wide: bool) -> list[Part]:
        """The digits of these strokes; one of all strokes if they are one digit, or no number.

        On the field for numbers, everything of several parts is a number, whatever the parts are. A mark on another
        digit than the first stays with the strokes of that digit.
        """
        if self.strokes != {*ids} or self.wide != wide:
            from mnist_core.models.number_reader import read_number  # loads ONNX Runtime

            found = read_number(predictor, strokes).digits
            number = wide or sum(each.prediction.recognised for each in found) >= LEAST
            divided = [tuple(ids[place] for place in each.strokes) for each in found]
            marked = {*self.digits[self.marked]} if self.marked else set()  # what is drawn before the first is first
            self.strokes, self.wide = frozenset(ids), wide
            self.digits = divided if number and len(found) > 1 else [tuple(ids)]
            self.marked = next((place for place, own in enumerate(self.digits) if marked & {*own}), 0)
        return self.digits

    def take(self, part: Part) -> None:
        """Take one digit away; the next one is marked."""
        self.digits.remove(part)
        self.strokes -= {*part}
        self.mark(self.marked if self.marked < len(self.digits) else 0)

    def mark(self, place: int) -> None:
        """Mark the digit at this place, counted around the ends."""
        self.marked = place % len(self.digits) if self.digits else 0
