"""predict --number: the numbers in files, digit by digit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from mnist_core.cli import predict_pictures
from mnist_core.cli.shared import output
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import BATCH, Drawing
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
    if predict_pictures.are_pictures(path):
        yield from predict_pictures.rows(path, lambda content, name: _told(_of_picture(content, name, predictor)))
        return
    drawings = file_formats.read(path)
    for start in range(0, len(drawings), BATCH):
        batch = drawings[start : start + BATCH]
        for number, (drawing, found) in enumerate(zip(batch, _numbers(batch, predictor), strict=True), start):
            row = {"file": str(path), "index": number, **_told(found)}
            yield row if drawing.label is None else {**row, "label": drawing.label}


def is_number(content: bytes, name: str, predictor: Predictor, single: Prediction) -> bool:
    """Whether a picture shows digits beside each other, each of which is recognised.

    If one of them alone is recognised as well, the others must be sure.
    """
    number = _of_picture(content, name, predictor)
    if len(number.digits) < 2:
        return False
    return number.verdict == "sure" if single.recognised else number.recognised


def _of_picture(content: bytes, name: str, predictor: Predictor) -> Number:
    """The number in a picture, with boxes in the picture's own pixels."""
    gray = picture_files.read_gray(content, name, side=picture_files.NUMBER_SIDE)
    scale = picture_files.longer_side(content) / max(gray.shape)
    return read_picture(predictor, gray).enlarged(scale)


def _told(found: Number) -> dict[str, Any]:
    return {"number": found.text, "verdict": found.verdict, "digits": [*map(_digit, found.digits)]}


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
        place = predict_pictures.place(row)
        table.add_row(place, str(row["index"]), row["number"] or "–", shares or "–", _(VERDICTS[row["verdict"]]))
    output.print(table)
    if len(found) > most:
        output.print(
            n_("… and {n} more. --json prints all.", "… and {n:,} more. --json prints all.", len(found) - most)
        )
