"""Drawings that several institutions collected: JSON lines, each with the institution as its "donor"."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from mnist_core.collection import file_formats, stroke_lines
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data import outliers


@dataclass(frozen=True)
class Record:
    """A drawing, the institution that collected it, and the line of the file that has both."""

    institution: str
    drawing: Drawing
    line: bytes


def digits(path: Path) -> list[Record]:
    """The labelled digits of a file.

    Raises:
        InputError: the file cannot be read, a line has no "donor", or there are no digits.
    """
    found = [each for each in _read(path) if each.drawing.label is not None]
    if not found:
        raise InputError(_("{file} has no labelled digits.", file=path.name))
    return found


def characters(path: Path) -> list[Record]:
    """The characters of a file that nobody takes for a digit.

    Raises:
        InputError: the file cannot be read, a line has no "donor", or there are no such characters.
    """
    named = [each for each in _read(path) if each.drawing.character is not None]
    found = [each for each in named if outliers.is_clear(each.drawing.character)]
    if not found:
        known = " ".join(sorted(outliers.CLEAR))
        raise InputError(
            _('{file} has no drawing whose "character" is one of these: {characters}', file=path.name, characters=known)
        )
    return found


def _read(path: Path) -> list[Record]:
    file_formats.check(path)
    with path.open("rb") as file:
        drawings = list(stroke_lines.read(path.name, file))
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        lines = [line for line in file if line.strip()]
    names = [json.loads(line).get("donor") for line in lines]
    if None in names:
        raise InputError(
            _('Each line of {file} needs a "donor": the institution that collected the drawing.', file=path.name)
        )
    return [Record(str(name), drawing, line) for name, drawing, line in zip(names, drawings, lines, strict=True)]
