"""Drawings as JSON lines, read one by one: a small file that unpacks to gigabytes fills no memory.

A line is `{"digit": 8, "strokes": [[[x, y], …], …]}`; an unlabelled drawing has no "digit".
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from mnist_core.collection.drawing import Drawing
from mnist_core.common import names
from mnist_core.common.errors import InputError
from mnist_core.drawing import strokes

MAX_LINE = 2**20
"""Bytes: the `strokes.MAX_POINTS` points of the largest drawing, each with two numbers of 17 digits, take 0.9 MB."""
MAX_BYTES = 512 * 2**20
MAX_DRAWINGS = 100_000
MAX_POINTS = 1_600_000
"""Of all drawings of a file. A point takes about a hundred bytes of memory; a person's digit has about forty."""
BITMAP_POINTS = 8
"""A bitmap takes as much memory as so many points."""
LARGEST_ID = 2**63 - 1


def to_jsonl(drawings: list[Drawing]) -> bytes:
    """One line a drawing; a drawing without strokes has its 28 rows of 28 values as "bitmap"."""
    return "".join(json.dumps(_record(drawing)) + "\n" for drawing in drawings).encode()


def _record(drawing: Drawing) -> dict[str, Any]:
    known = {
        "digit": drawing.label,
        "writer": drawing.writer,
        "confirmed": drawing.confirmed or None,
        "strokes": drawing.strokes,
        "bitmap": drawing.image.tolist() if drawing.strokes is None else None,
    }
    return {"id": drawing.id, **{name: value for name, value in known.items() if value is not None}}


def read(name: str, file: BinaryIO, *, bounded: bool = True) -> Iterator[Drawing]:
    """The drawings of a .jsonl or, by its name, .jsonl.gz.

    Args:
        bounded: whether the number of drawings and points is limited, as for a file from elsewhere.

    Raises:
        InputError: a line is wrong or too long, there are too many, or the file is damaged.
    """
    points = 0
    for number, line in enumerate(_lines(name, file, MAX_BYTES if bounded else None), 1):
        if bounded and number > MAX_DRAWINGS:
            raise InputError(f"{name} has more than {MAX_DRAWINGS:,} lines, the most that are allowed. Split the file.")
        if not line.strip():
            continue
        try:
            drawing = _drawing(line)
        except InputError as error:
            raise InputError(f"{name}, line {number}: {error}") from None
        points += BITMAP_POINTS if drawing.strokes is None else sum(len(stroke) + 1 for stroke in drawing.strokes)
        if bounded and points > MAX_POINTS:
            raise InputError(f"{name} has more than {MAX_POINTS:,} points, the most that are allowed. Split the file.")
        yield drawing


def _lines(name: str, file: BinaryIO, most: int | None) -> Iterator[bytes]:
    """Args:
        most: how many bytes are allowed when unpacked, if that is limited.

    Raises:
        InputError: a line or the whole is too long, or the compression is damaged.
    """
    plain: Any = gzip.GzipFile(fileobj=file) if name.lower().endswith(".gz") else file
    total, number = 0, 0
    try:
        while line := plain.readline(MAX_LINE + 1):
            total, number = total + len(line), number + 1
            if len(line) > MAX_LINE:
                raise InputError(
                    f"{name}, line {number}: it has more than {MAX_LINE >> 20} MB, which no drawing needs."
                )
            if most is not None and total > most:
                raise InputError(f"{name} is larger than {most >> 20} MB when unpacked. Split the file.")
            yield line
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{name} is damaged: {error}.") from None


def _drawing(line: bytes) -> Drawing:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("this is not JSON.") from None
    if not isinstance(record, dict) or not ("strokes" in record or "bitmap" in record):
        raise InputError('a drawing is {"digit": 8, "strokes": [[[x, y], …], …]}.')
    label = record.get("digit")
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise InputError(f'"digit" must be a whole number from 0 to 9, not {repr(label)[:50]}.')
    bitmap = None if "strokes" in record else strokes.parse_bitmap(record["bitmap"])
    return Drawing(
        label,
        strokes=strokes.parse(record["strokes"]) if bitmap is None else None,
        bitmap=bitmap,
        id=_whole(record.get("id")),
        writer=None if record.get("writer") is None else names.cleaned(str(record["writer"])[:100]),
        confirmed=record.get("confirmed") is True,
    )


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) <= LARGEST_ID else None
