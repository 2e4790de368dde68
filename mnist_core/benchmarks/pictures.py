"""A model on pictures of every kind that people upload, rendered from written digits, and on a folder of real ones."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from mnist_core.benchmarks.photographs import KINDS
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data.synthetic import write
from mnist_core.drawing import picture_files, pictures
from mnist_core.drawing.strokes import Strokes, rasterize
from mnist_core.models.predictor import Predictor

SEED = 2_000
"""Of the digits; trainings draw theirs from other seeds."""


class Kind(BaseModel):
    """Counts of the pictures of one kind."""

    name: str
    pictures: int
    right: int
    """The digit is predicted, and it is recognised as a digit."""
    wrong: int
    """Another digit is predicted."""
    refused: int
    """The verdict is that there is no digit, or no ink."""


def measure(predictor: Predictor, count: int, folder: Path | None) -> Iterator[Kind]:
    """For each kind of picture, `count` rendered digits; for each folder of real pictures, all in it.

    The digits are those that the model predicts from their strokes, so all mistakes are due to the picture.

    Args:
        predictor: of the model.
        count: pictures of each kind.
        folder: it has folders named 0 to 9, at any depth, with pictures of these digits; None for none.

    Raises:
        InputError: the folder has no such pictures, or one cannot be read.
    """
    digits = _clear_digits(predictor, count)
    for name, render in KINDS.items():
        rng = np.random.default_rng(SEED)
        yield _kind(name, predictor, [(label, render(strokes, rng)) for label, strokes in digits])
    for name, files in _folders(folder).items() if folder else ():
        yield _kind(name, predictor, [(int(file.parent.name), file.read_bytes()) for file in files])


def _clear_digits(predictor: Predictor, count: int) -> list[tuple[int, Strokes]]:
    rng = np.random.default_rng(SEED)
    written = [(number % 10, write(number % 10, rng)) for number in range(2 * count)]
    found = predictor.predict_all(np.stack([rasterize(strokes) for _label, strokes in written]))
    clear = [each for each, one in zip(written, found, strict=True) if one.recognised and one.digit == each[0]]
    return clear[:count]


def _folders(folder: Path) -> dict[str, list[Path]]:
    """The name of each folder that has folders 0 to 9 → its pictures."""
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*")):
        if file.name.lower().endswith(picture_files.ENDINGS) and re.fullmatch(r"\d", file.parent.name):
            found.setdefault(file.parent.parent.name, []).append(file)
    if not found:
        raise InputError(_("{folder} has no folders 0 to 9 with pictures.", folder=str(folder)))
    return found


def _kind(name: str, predictor: Predictor, given: Sequence[tuple[int, bytes]]) -> Kind:
    images = [pictures.digit(picture_files.read_gray(content, name)).image for _label, content in given]
    found = list(zip(given, predictor.predict_all(np.stack(images)), strict=True))
    right = sum(one.recognised and one.digit == label for (label, _content), one in found)
    refused = sum(not one.recognised for _given, one in found)
    return Kind(name=name, pictures=len(given), right=right, wrong=len(given) - right - refused, refused=refused)


def as_table(figures: Sequence[Kind]) -> list[str]:
    """Markdown lines."""
    return [
        "Rendered from digits that the model predicts from their strokes. *Refused* counts the verdicts "
        "“not a digit” and “nothing drawn”.",
        "",
        "| kind | pictures | predicted correctly | wrong digit | refused |",
        "|---|---|---|---|---|",
        *(f"| {k.name} | {k.pictures:,} | {k.right / k.pictures:.1%} | {k.wrong} | {k.refused} |" for k in figures),
    ]
