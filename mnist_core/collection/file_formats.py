"""Files of drawings: JSON lines of strokes, zips of pictures, single pictures.

The label of a picture in a zip is the name of its folder, otherwise the first digit of its own name.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mnist_core.collection import stroke_lines
from mnist_core.collection.drawing import Drawing
from mnist_core.common import archives
from mnist_core.common.errors import InputError, details
from mnist_core.common.files import check_regular, unreadable
from mnist_core.common.language import _, n_, sentences
from mnist_core.drawing import picture_files, pictures, png_files

MAX_PICTURE = 40 * 2**20
"""The limit of one picture in bytes: an incompressible photo of 12 megapixels has 36 MB."""
STROKE_SUFFIXES = (".jsonl", ".jsonl.gz")

to_jsonl = stroke_lines.to_jsonl


def read(path: Path, *, bounded: bool = True) -> list[Drawing]:
    """The drawings in a .jsonl(.gz) of strokes, a .zip of pictures, or one picture, labelled or not.

    Args:
        bounded: see `stroke_lines.read`; False for a file that this program wrote itself.

    Raises:
        InputError: it is not a regular file, cannot be read, has another format, or has wrong content; the message
            names the line.
    """
    _check_ending(path.name)
    if bounded:
        check(path)
    try:
        with path.open("rb") as file:
            return list(_drawings(path.name, file, bounded=bounded))
    except OSError as error:
        raise unreadable(path, error) from None


def check(path: Path) -> None:
    """Check a file of drawings without reading it.

    Raises:
        InputError: it is missing, not a regular file, too large, or has an unknown ending.
    """
    _check_ending(path.name)
    check_regular(path, MAX_PICTURE if path.name.lower().endswith(picture_files.ENDINGS) else stroke_lines.MAX_BYTES)


def parse(name: str, content: bytes) -> list[Drawing]:
    """Like `read`, from a file's name and content."""
    _check_ending(name)
    return list(_drawings(name, io.BytesIO(content), bounded=True))


def _check_ending(name: str) -> None:
    if not name.lower().endswith((*STROKE_SUFFIXES, ".zip", *picture_files.ENDINGS)):
        raise InputError(
            _(
                "{file} has an unknown ending. Allowed: {endings}, .zip (pictures), .jsonl and .jsonl.gz (strokes).",
                file=name,
                endings=", ".join(picture_files.ENDINGS),
            )
        )


def _drawings(name: str, file: BinaryIO, *, bounded: bool) -> Iterator[Drawing]:
    lower = name.lower()
    if lower.endswith(STROKE_SUFFIXES):
        return stroke_lines.read(name, file, bounded=bounded)
    if lower.endswith(".zip"):
        return _zip(name, file)
    return iter([_picture(name, file.read(), None)])


def labelled(drawings: list[Drawing], source: str) -> list[Drawing]:
    """The same drawings, after a check that each has a label.

    Args:
        source: what the message calls their origin.

    Raises:
        InputError: a drawing has no label.
    """
    if missing := [number for number, drawing in enumerate(drawings, 1) if drawing.label is None]:
        lacking = n_(
            "{source}: {n} drawing has no label (number {first}).",
            "{source}: {n:,} drawings have no label (the first is number {first}).",
            len(missing),
            source=source,
            first=missing[0],
        )
        advice = _('Give each line a "digit", or put the pictures into folders named 0 to 9.')
        raise InputError(sentences([lacking, advice]))
    return drawings


def to_zip(drawings: list[Drawing]) -> bytes:
    """A zip with a folder for each digit and a 28×28 PNG for each drawing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, drawing in enumerate(drawings):
            folder = "unlabelled" if drawing.label is None else drawing.label
            archive.writestr(f"{folder}/{number:06}.png", png_files.png(drawing.image))
    return buffer.getvalue()


def _zip(name: str, file: BinaryIO) -> Iterator[Drawing]:
    most = stroke_lines.MAX_DRAWINGS
    try:
        with archives.opened(file) as archive:
            members = [each for each in archive.infolist() if _is_picture(PurePosixPath(each.filename).name)]
            if not members:
                raise InputError(_("{file} contains no picture.", file=name))
            if len(members) > most or sum(each.file_size for each in members) > stroke_lines.MAX_BYTES:
                raise InputError(
                    _(
                        "{file} is too large: {count:,} pictures with {size} MB in all are allowed.",
                        file=name,
                        count=most,
                        size=stroke_lines.MAX_BYTES >> 20,
                    )
                )
            for each in members:
                content = archives.read(archive, each, MAX_PICTURE)
                path = PurePosixPath(each.filename.replace("\\", "/"))  # as some archivers for Windows write it
                yield _picture(str(path), content, path.parent.name)
    except archives.BROKEN as error:
        raise InputError(_("{file} is damaged. {reason}", file=name, reason=details(error))) from None


def _is_picture(name: str) -> bool:
    """Whether it has a picture's ending and is not a hidden file of macOS, such as `._7.png`."""
    return name.lower().endswith(picture_files.ENDINGS) and not name.startswith(".")


def _picture(name: str, content: bytes, folder: str | None) -> Drawing:
    bitmap = pictures.digit(picture_files.read_gray(content, name)).image
    own = re.match(r"\D*(\d)(?!\d)", PurePosixPath(name).stem) if folder is not None else None
    label = int(folder) if folder and re.fullmatch(r"\d", folder) else int(own[1]) if own else None
    return Drawing(label, bitmap=bitmap)
