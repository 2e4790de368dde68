"""Files of drawings: JSON lines of strokes, zips and folders of pictures, single pictures."""

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

from mnist_core.collection import picture_sets, stroke_lines
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.picture_sets import Found as Found
from mnist_core.common import encryption
from mnist_core.common.errors import InputError
from mnist_core.common.files import check_regular, unreadable
from mnist_core.common.language import _, advice, n_, sentences
from mnist_core.data.files import tree
from mnist_core.data.files.tree import shortened
from mnist_core.drawing import picture_files, png_files

MAX_PICTURE = picture_sets.MAX_PICTURE
STROKE_SUFFIXES = (".jsonl", ".jsonl.gz")

to_jsonl = stroke_lines.to_jsonl


def read(path: Path, *, bounded: bool = True) -> list[Drawing]:
    """The drawings in a .jsonl(.gz) of strokes, a .zip or a folder of pictures, or one picture, labelled or not.

    Args:
        bounded: see `stroke_lines.read`; False for a file that this program wrote itself.

    Raises:
        InputError: it is not a regular file, cannot be read, has another format, or has wrong content; the message
            names the line or the picture.
    """
    return _undamaged(find(path, bounded=bounded), path.name)


def parse(name: str, content: bytes) -> list[Drawing]:
    """Like `read`, from a file's name and content."""
    return _undamaged(find_in(name, content), name)


def _undamaged(found: Found, source: str) -> list[Drawing]:
    if found.damaged:
        damaged = n_(
            "{file} is damaged: {n} picture cannot be read ({names}).",
            "{file} is damaged: {n:,} pictures cannot be read ({names}).",
            len(found.damaged),
            file=source,
            names=shortened([*found.damaged]),
        )
        raise InputError(sentences([damaged, *([found.reason] if found.reason else [])]))
    return found.drawings


def find(path: Path, *, bounded: bool = True) -> Found:
    """Like `read`, without the damaged pictures of a zip or a folder; they are named."""
    if path.is_dir() and not _known(path.name):
        with tree.opened(path) as files:
            return picture_sets.read(files)
    _check_ending(path.name)
    if bounded:
        check(path)
    try:
        with path.open("rb") as file:
            return _found(path.name, file, bounded=bounded)
    except OSError as error:
        raise unreadable(path, error) from None


def find_in(name: str, content: bytes) -> Found:
    """Like `find`, from a file's name and content."""
    _check_ending(name)
    return _found(name, io.BytesIO(content), bounded=True)


def check(path: Path) -> None:
    """Check a file of drawings without reading it.

    Raises:
        InputError: it is missing, not a regular file, too large, encrypted, or has an unknown ending.
    """
    _check_ending(path.name)
    check_regular(path, MAX_PICTURE if path.name.lower().endswith(picture_files.ENDINGS) else stroke_lines.MAX_BYTES)


def _known(name: str) -> bool:
    return name.lower().endswith((*STROKE_SUFFIXES, ".zip", *picture_files.ENDINGS))


def _check_ending(name: str) -> None:
    if encryption.is_named(name):
        decrypt = advice(
            app=_("Upload it in the app, which asks for the passphrase."),
            command_line=_("Decrypt it first: mnist-studio decrypt {file}", file=name),
        )
        raise InputError(sentences([_("{file} is encrypted.", file=name), decrypt]))
    if not _known(name):
        raise InputError(
            _(
                "{file} has an unknown ending. Allowed: {endings}, .zip (pictures), .jsonl and .jsonl.gz (strokes).",
                file=name,
                endings=", ".join(picture_files.ENDINGS),
            )
        )


def _found(name: str, file: BinaryIO, *, bounded: bool) -> Found:
    lower = name.lower()
    if lower.endswith(STROKE_SUFFIXES):
        return Found(list(stroke_lines.read(name, file, bounded=bounded)))
    if lower.endswith(".zip"):
        with tree.opened_zip(name, file) as files:
            return picture_sets.read(files)
    return Found([picture_sets.picture(name, file.read())], (picture_sets.digit_in(name),))


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
