"""Files of drawings: JSON lines of strokes, zips of PNGs, single pictures.

A line is `{"digit": 8, "strokes": [[[x, y], …], …]}`; an unlabelled drawing has no "digit". The label of a picture in a
zip is the name of its folder, or else the first digit of its own name.
"""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.drawing import pictures, strokes

MAX_BYTES = 512 * 2**20
MAX_DRAWINGS = 200_000
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
STROKE_SUFFIXES = (".jsonl", ".jsonl.gz")


def read(path: Path) -> list[Drawing]:
    """The drawings in a .jsonl(.gz) of strokes, a .zip of pictures, or one PNG or JPEG, labelled or not.

    Raises:
        InputError: the file cannot be read, has another format, or has wrong content; the message names the line.
    """
    try:
        return parse(path.name, path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def parse(name: str, content: bytes) -> list[Drawing]:
    """Like `read`, from a file's name and content."""
    lower = name.lower()
    if lower.endswith(STROKE_SUFFIXES):
        return list(_lines(name, content))
    if lower.endswith(".zip"):
        return list(_zip(name, content))
    if lower.endswith(PICTURE_SUFFIXES):
        return [_picture(name, content, None)]
    raise InputError(
        f"{name} has an unknown ending. Allowed: .png, .jpg, .jsonl, .jsonl.gz (strokes), .zip (pictures)."
    )


def labelled(drawings: list[Drawing], source: str) -> list[Drawing]:
    """The same drawings, all of which have a label.

    Args:
        source: what the message calls the place that they come from.

    Raises:
        InputError: a drawing has no label.
    """
    if missing := [number for number, drawing in enumerate(drawings, 1) if drawing.label is None]:
        raise InputError(
            f"{source}: {len(missing)} drawings have no label (the first is number {missing[0]}). "
            'Give each line a "digit", or put the pictures into folders named 0 to 9.'
        )
    return drawings


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


def to_zip(drawings: list[Drawing]) -> bytes:
    """A zip with a folder for each digit and a 28×28 PNG for each drawing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, drawing in enumerate(drawings):
            folder = "unlabelled" if drawing.label is None else drawing.label
            archive.writestr(f"{folder}/{number:06}.png", pictures.png(drawing.image))
    return buffer.getvalue()


def _lines(name: str, content: bytes) -> Iterator[Drawing]:
    if name.lower().endswith(".gz"):
        content = _gunzip(name, content)
    lines = content.splitlines()
    if len(lines) > MAX_DRAWINGS:
        raise InputError(f"{name} has {len(lines):,} lines; {MAX_DRAWINGS:,} are allowed.")
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _line(line)
            except InputError as error:
                raise InputError(f"{name}, line {number}: {error}") from None


def _line(line: bytes) -> Drawing:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("this is not JSON.") from None
    if not isinstance(record, dict) or not ("strokes" in record or "bitmap" in record):
        raise InputError('a drawing is {"digit": 8, "strokes": [[[x, y], …], …]}.')
    label = record.get("digit")
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise InputError(f'"digit" must be a whole number from 0 to 9, not {label!r}.')
    bitmap = None if "strokes" in record else strokes.parse_bitmap(record["bitmap"])
    return Drawing(
        label,
        strokes=strokes.parse(record["strokes"]) if bitmap is None else None,
        bitmap=bitmap,
        id=record.get("id") if type(record.get("id")) is int else None,
        writer=None if record.get("writer") is None else str(record["writer"])[:100],
        confirmed=record.get("confirmed") is True,
    )


def _gunzip(name: str, content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{name} is damaged: {error}.") from None
    if len(plain) > MAX_BYTES:
        raise InputError(f"{name} is larger than {MAX_BYTES >> 20} MB when unpacked.")
    return plain


def _zip(name: str, content: bytes) -> Iterator[Drawing]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if each.filename.lower().endswith(PICTURE_SUFFIXES)]
            if not members:
                raise InputError(f"{name} has no .png or .jpg in it.")
            if len(members) > MAX_DRAWINGS or sum(each.file_size for each in members) > MAX_BYTES:
                raise InputError(f"{name} is too large: {MAX_DRAWINGS:,} pictures of {MAX_BYTES >> 20} MB are allowed.")
            for each in members:
                yield _picture(each.filename, archive.read(each), PurePosixPath(each.filename).parent.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(f"{name} is damaged: {error}.") from None


def _picture(name: str, content: bytes, folder: str | None) -> Drawing:
    bitmap = strokes.normalize_bitmap(pictures.read_gray(content, name))
    own = re.match(r"\D*(\d)(?!\d)", PurePosixPath(name).stem) if folder is not None else None
    label = int(folder) if folder and re.fullmatch(r"\d", folder) else int(own[1]) if own else None
    return Drawing(label, bitmap=bitmap)
