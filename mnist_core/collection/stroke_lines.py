"""Drawings as JSON lines, read one by one, so that a small file that unpacks to gigabytes does not fill the memory.

A line is `{"digit": 8, "strokes": [[[x, y], …], …]}`; an unlabelled drawing has no "digit".
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from mnist_core.collection.drawing import Drawing
from mnist_core.common import names
from mnist_core.common.errors import InputError, details
from mnist_core.common.language import Text, _
from mnist_core.drawing import strokes

MAX_LINE = 2**20
"""The limit of a line in bytes. The largest drawing has `strokes.MAX_POINTS` points of two 17-digit numbers: 0.9 MB."""
MAX_BYTES = 512 * 2**20
MAX_DRAWINGS = 100_000
MAX_POINTS = 1_600_000
"""The limit of a file. A point takes about a hundred bytes of memory, and a digit has about forty points."""
BITMAP_POINTS = 8
"""A bitmap takes as much memory as this many points."""
LARGEST_ID = 2**63 - 1


def to_jsonl(drawings: list[Drawing]) -> bytes:
    """One line a drawing; a drawing without strokes has its 28 rows of 28 values as "bitmap"."""
    return "".join(json.dumps(_record(drawing)) + "\n" for drawing in drawings).encode()


def _record(drawing: Drawing) -> dict[str, Any]:
    known = {
        "digit": drawing.label,
        "writer": drawing.writer,
        "character": drawing.character,
        "confirmed": drawing.confirmed or None,
        "strokes": drawing.strokes,
        "bitmap": drawing.image.tolist() if drawing.strokes is None else None,
    }
    return {"id": drawing.id, **{name: value for name, value in known.items() if value is not None}}


def read(name: str, file: BinaryIO, *, bounded: bool = True) -> Iterator[Drawing]:
    """The drawings of a .jsonl or .jsonl.gz file; its name says which.

    Args:
        bounded: whether the number of drawings and points is limited, as for a file from elsewhere.

    Raises:
        InputError: a line is wrong or too long, there are too many lines, or the file is damaged.
    """
    points = 0
    for number, line in enumerate(_lines(name, file, MAX_BYTES if bounded else None), 1):
        if bounded and number > MAX_DRAWINGS:
            raise InputError(
                _(
                    "{file} has more than {limit:,} lines, which is the limit. Split the file.",
                    file=name,
                    limit=MAX_DRAWINGS,
                )
            )
        if not line.strip():
            continue
        try:
            drawing = _drawing(line)
        except InputError as error:
            raise InputError(_in_line(name, number, error.text)) from None
        points += BITMAP_POINTS if drawing.strokes is None else sum(len(stroke) + 1 for stroke in drawing.strokes)
        if bounded and points > MAX_POINTS:
            raise InputError(
                _(
                    "{file} has more than {limit:,} points, which is the limit. Split the file.",
                    file=name,
                    limit=MAX_POINTS,
                )
            )
        yield drawing


def _in_line(name: str, number: int, problem: Text) -> Text:
    return _("{file}, line {number}: {problem}", file=name, number=number, problem=problem)


def _lines(name: str, file: BinaryIO, most: int | None) -> Iterator[bytes]:
    """Args:
        most: the limit of the unpacked bytes; None for no limit.

    Raises:
        InputError: a line or the whole file is too long, or the compression is damaged.
    """
    plain: Any = gzip.GzipFile(fileobj=file) if name.lower().endswith(".gz") else file
    total, number = 0, 0
    try:
        while line := plain.readline(MAX_LINE + 1):
            total, number = total + len(line), number + 1
            if len(line) > MAX_LINE:
                problem = _("The line has more than {limit} MB, which no drawing needs.", limit=MAX_LINE >> 20)
                raise InputError(_in_line(name, number, problem))
            if most is not None and total > most:
                raise InputError(
                    _("{file} is larger than {limit} MB when unpacked. Split the file.", file=name, limit=most >> 20)
                )
            yield line
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(_("{file} is damaged. {reason}", file=name, reason=details(error))) from None


def _drawing(line: bytes) -> Drawing:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(_("This is not JSON.")) from None
    if not isinstance(record, dict) or not ("strokes" in record or "bitmap" in record):
        form = '{"digit": 8, "strokes": [[[x, y], …], …]}'
        raise InputError(_("A drawing must have the form {form}.", form=form))
    label = record.get("digit")
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        given = repr(label)[:50]
        raise InputError(_('"digit" must be a whole number from 0 to 9, not {given}.', given=given))
    bitmap = None if "strokes" in record else strokes.parse_bitmap(record["bitmap"])
    return Drawing(
        label,
        strokes=strokes.parse(record["strokes"]) if bitmap is None else None,
        bitmap=bitmap,
        id=_whole(record.get("id")),
        writer=_cleaned(record.get("writer")),
        character=_cleaned(record.get("character")),
        confirmed=record.get("confirmed") is True,
    )


def _cleaned(value: Any) -> str | None:
    return None if value is None else names.cleaned(str(value)[:100])


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) <= LARGEST_ID else None
