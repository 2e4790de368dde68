"""A model on pictures of every kind that people upload, rendered from written digits, and on a folder of real ones."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from mnist_core.benchmarks import one_threshold
from mnist_core.benchmarks.photographs import KINDS
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data.synthetic import write
from mnist_core.drawing import picture_files, pictures
from mnist_core.drawing.strokes import Gray, Strokes, rasterize
from mnist_core.models.predictor import Prediction, Predictor

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
    right_with_one_threshold: int | None = None
    """Of the same pictures; None in older documents."""
    lost: int | None = None
    """Right with one threshold only."""


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
    grays = [picture_files.read_gray(content, name) for _label, content in given]
    labels = [label for label, _content in given]
    found = predictor.predict_all(np.stack([pictures.digit(gray).image for gray in grays]))
    right, simple = _right(found, labels), _right(_simply(predictor, grays), labels)
    refused = sum(not one.recognised for one in found)
    return Kind(
        name=name,
        pictures=len(given),
        right=int(right.sum()),
        wrong=len(given) - int(right.sum()) - refused,
        refused=refused,
        right_with_one_threshold=int(simple.sum()),
        lost=int((simple & ~right).sum()),
    )


def _simply(predictor: Predictor, grays: Sequence[Gray]) -> Sequence[Prediction]:
    return predictor.predict_all(np.stack([one_threshold.digit(gray) for gray in grays]))


def _right(found: Sequence[Prediction], labels: Sequence[int]) -> npt.NDArray[np.bool_]:
    return np.array([one.recognised and one.digit == label for one, label in zip(found, labels, strict=True)])


def as_table(figures: Sequence[Kind]) -> list[str]:
    """Markdown lines."""
    return [
        "Rendered from digits that the model predicts from their strokes. *Refused* counts the verdicts "
        "“not a digit” and “nothing drawn”. *One threshold* reads the same pictures with one threshold for the whole "
        "picture and judges polarity by the border. *Lost* are those that only it predicts correctly.",
        "",
        "| kind | pictures | predicted correctly | wrong digit | refused | one threshold | lost |",
        "|---|---|---|---|---|---|---|",
        *map(_row, figures),
    ]


def _row(kind: Kind) -> str:
    simple = kind.right_with_one_threshold
    cells = [
        kind.name,
        f"{kind.pictures:,}",
        f"{kind.right / kind.pictures:.1%}",
        str(kind.wrong),
        str(kind.refused),
        "–" if simple is None else f"{simple / kind.pictures:.1%}",
        "–" if kind.lost is None else str(kind.lost),
    ]
    return f"| {' | '.join(cells)} |"
