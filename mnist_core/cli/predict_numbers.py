"""predict --number: the numbers in files, digit by digit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from mnist_core.cli.shared import output
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import BATCH, Drawing
from mnist_core.common.files import unreadable
from mnist_core.common.language import _, n_
from mnist_core.drawing import picture_files
from mnist_core.models.model import Model
from mnist_core.models.number_reader import Digit, Number, read_bitmap, read_numbers
from mnist_core.models.picture_reader import read_picture
from mnist_core.models.predictor import VERDICTS, Prediction, Predictor


def rows(path: Path, predictor: Predictor) -> Iterator[dict[str, Any]]:
    """For each drawing of a file, the JSON object that the command prints.

    Raises:
        InputError: the file cannot be read.
    """
    if _is_picture(path):
        yield _row(path, 0, _of_picture(path, predictor))
        return
    drawings = file_formats.read(path)
    for start in range(0, len(drawings), BATCH):
        batch = drawings[start : start + BATCH]
        for number, (drawing, found) in enumerate(zip(batch, _numbers(batch, predictor), strict=True), start):
            row = _row(path, number, found)
            yield row if drawing.label is None else {**row, "label": drawing.label}


def is_number(path: Path, predictor: Predictor, single: Prediction) -> bool:
    """Whether a file is a picture of digits beside each other, each of which is recognised.

    If one of them alone is recognised as well, the others must be sure.
    """
    number = _of_picture(path, predictor) if _is_picture(path) and single.verdict != "nothing drawn" else None
    if number is None or len(number.digits) < 2:
        return False
    return number.verdict == "sure" if single.recognised else number.recognised


def _is_picture(path: Path) -> bool:
    return path.name.lower().endswith(picture_files.ENDINGS)


def _of_picture(path: Path, predictor: Predictor) -> Number:
    """The number in a picture, with boxes in the picture's own pixels."""
    file_formats.check(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None
    gray = picture_files.read_gray(content, path.name, side=picture_files.NUMBER_SIDE)
    scale = picture_files.longer_side(content) / max(gray.shape)
    return read_picture(predictor, gray).enlarged(scale)


def _row(path: Path, index: int, found: Number) -> dict[str, Any]:
    return {
        "file": str(path),
        "index": index,
        "number": found.text,
        "verdict": found.verdict,
        "digits": [*map(_digit, found.digits)],
    }


def _numbers(drawings: list[Drawing], predictor: Predictor) -> list[Number]:
    drawn = iter(read_numbers(predictor, [each.strokes for each in drawings if each.strokes is not None]))
    return [read_bitmap(predictor, each.image) if each.strokes is None else next(drawn) for each in drawings]


def _digit(one: Digit) -> dict[str, Any]:
    return {
        "box": [*one.box],
        "digit": one.prediction.digit,
        "probability": one.prediction.probability,
        "verdict": one.prediction.verdict,
    }


def show(found: list[dict[str, Any]], model: Model, most: int) -> None:
    """A table of the first rows: the number, its verdict, and the probability of each digit."""
    columns = (_("file"), _("index"), _("number"), _("probabilities"), _("verdict"))
    table = Table(*columns, title=_("Predicted by {model}", model=model.name))
    for row in found[:most]:
        shares = " ".join(
            f"{each['probability']:.0%}" if each["verdict"] in ("sure", "not sure") else "–" for each in row["digits"]
        )
        table.add_row(row["file"], str(row["index"]), row["number"] or "–", shares or "–", _(VERDICTS[row["verdict"]]))
    output.print(table)
    if len(found) > most:
        output.print(
            n_("… and {n} more. --json prints all.", "… and {n:,} more. --json prints all.", len(found) - most)
        )
