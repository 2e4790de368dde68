"""A drawing, labelled or not: what is collected, reviewed, predicted and learned."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.drawing.strokes import Gray, Strokes, rasterize

BATCH = 250


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes, or a (28, 28) uint8 bitmap if there are no strokes, and what is known about them.

    The image and the hash are computed once per object. Drawings are equal if their content and all other fields are.
    """

    label: int | None
    """The digit that a person says it is, 0 to 9."""
    strokes: Strokes | None = field(default=None, compare=False)
    bitmap: Gray | None = field(default=None, compare=False)
    prediction: int | None = None
    """The digit that the model `model_id` predicted when the drawing was made or imported."""
    probability: float | None = None
    """The probability of the prediction."""
    model_id: str | None = None
    _: KW_ONLY
    margin: float | None = None
    """The probability of the prediction minus that of the second most likely digit."""
    id: int | None = None
    """Its number in the database or in its file."""
    writer: str | None = None
    character: str | None = None
    """What it shows if it is not a digit, such as a letter."""
    created: str = ""
    confirmed: bool = False
    """A person was asked about the label and kept it."""
    known_sha256: InitVar[str | None] = None
    """The hash of the content, if it has been computed before."""

    def __post_init__(self, known_sha256: str | None) -> None:
        if known_sha256 is not None:
            self.__dict__["sha256"] = known_sha256

    @cached_property
    def image(self) -> Gray:
        """(28, 28) uint8, as the network sees it; read-only, because all users of the drawing share it."""
        if self.strokes is not None:
            image = rasterize(self.strokes)
        else:
            assert self.bitmap is not None
            image = self.bitmap.view()
        image.flags.writeable = False
        return image

    @cached_property
    def sha256(self) -> str:
        """The hash of the strokes or the bitmap; the label does not change it."""
        if self.strokes is not None:
            numbers = [[(float(x), float(y)) for x, y in stroke] for stroke in self.strokes]  # 1 and 1.0 are the same
            return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()
        return hashlib.sha256(self.image.tobytes()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Drawing) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def _compared(self) -> tuple[Any, ...]:
        """The hash stands for strokes and bitmap: an array has no single truth value."""
        return self.sha256, *(getattr(self, each.name) for each in fields(self) if each.compare)


def images(drawings: Sequence[Drawing]) -> npt.NDArray[np.uint8]:
    """(N, 28, 28) uint8."""
    return np.stack([drawing.image for drawing in drawings]) if drawings else np.zeros((0, 28, 28), np.uint8)


def batches(drawings: Sequence[Drawing]) -> Iterator[tuple[Sequence[Drawing], npt.NDArray[np.uint8]]]:
    """Some drawings at a time, and their images (N, 28, 28) uint8.

    The drawings do not keep these images: those of a large file would fill the memory.
    """
    for start in range(0, len(drawings), BATCH):
        batch = drawings[start : start + BATCH]
        yield batch, images([replace(drawing) for drawing in batch])


def labels(drawings: Sequence[Drawing]) -> npt.NDArray[np.uint8]:
    """(N,) uint8.

    Raises:
        TypeError: a drawing has no label.
    """
    return np.array([drawing.label for drawing in drawings], np.uint8)
