"""A folder, a zip or one file as a list of named files, so that one reader serves all three."""

import gzip
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from mnist_core.common import archives
from mnist_core.common.errors import InputError, details
from mnist_core.common.files import check_regular, unreadable
from mnist_core.common.language import Text, _, listed

MAX_BYTES = 2**30
"""The limit of one file."""
PIECE = 2**20
"""Bytes that are read at once."""
MAX_FILES = 200_000
MAX_DEPTH = 6
PARTS = {"train": "train", "test": "t10k|test|eval", "validation": "val|dev"}
"""Part of a data set → how names begin that say so."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Tree:
    """Files by their names, such as `MNIST/raw/train-images-idx3-ubyte.gz`."""

    name: str
    """What messages call it."""
    files: tuple[str, ...]
    """Without those that operating systems add."""
    open_file: Callable[[str], IO[bytes]]
    claimed: int = 0
    """The bytes that a zip says its files have."""

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """An open file, unpacked if it is a .gz.

        Raises:
            InputError: it is damaged.
        """
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self.open_file(name))
            except archives.BROKEN as error:
                raise _damaged(name, error) from None
            if name.lower().endswith(".gz"):
                file = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
            try:
                yield file
            except DAMAGED as error:
                raise _damaged(name, error) from None

    def read(self, name: str, limit: int) -> bytes:
        """A file's content, unpacked if it is a .gz.

        Raises:
            InputError: it is damaged or has more than `limit` bytes.
        """
        content = bytearray()
        with self.stream(name) as file:
            try:
                while len(content) <= limit and (piece := file.read(PIECE)):
                    content += piece
            except archives.BROKEN as error:
                raise _damaged(name, error) from None
        if len(content) > limit:
            raise InputError(
                _("{file} is larger than {limit} MB when unpacked, which is the limit.", file=name, limit=limit >> 20)
            )
        return bytes(content)


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(_("{file} is damaged. {reason}", file=name, reason=details(error)))


@contextmanager
def opened(path: Path) -> Iterator[Tree]:
    """The files of a folder or a zip, or the one file itself.

    Raises:
        InputError: it is missing, damaged, or too large.
    """
    if path.is_dir():
        yield Tree(str(path), tuple(sorted(_found_in(path))), lambda name: _regular(path / name))
        return
    check_file(path)
    if path.suffix.lower() == ".zip":
        with _regular(path) as file, opened_zip(path.name, file) as tree:
            yield tree
    else:
        yield Tree(path.name, (path.name,), lambda _: _regular(path))


@contextmanager
def opened_zip(name: str, file: IO[bytes]) -> Iterator[Tree]:
    """The files of an open zip, in its own order.

    Raises:
        InputError: it is damaged.
    """
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(archives.opened(cast("BinaryIO", file)))
        except archives.BROKEN as error:
            raise _damaged(name, error) from None
        # Some archivers for Windows write backslashes.
        members = {
            each.filename.replace("\\", "/"): each for each in archive.infolist() if not each.filename.endswith("/")
        }
        kept = tuple(each for each in members if not added_by_system(each))
        claimed = sum(members[each].file_size for each in kept)
        yield Tree(name, kept, lambda each: archive.open(members[each]), claimed)


def check_file(path: Path) -> None:
    """Raises:
    InputError: it is missing, not a regular file, empty, or too large.
    """
    check_regular(path, MAX_BYTES)


def _regular(path: Path) -> IO[bytes]:
    check_regular(path, MAX_BYTES)
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from None


def _found_in(folder: Path) -> Iterator[str]:
    """The regular files below a folder, as relative names.

    Raises:
        InputError: there are more than `MAX_FILES`.
    """
    seen = 0
    for place, folders, files in os.walk(folder):
        relative = Path(place).relative_to(folder)
        folders[:] = sorted(each for each in folders if len(relative.parts) < MAX_DEPTH and not each.startswith("."))
        for each in files:
            seen += 1
            if seen > MAX_FILES:
                raise InputError(
                    _(
                        "{folder} has more than {limit:,} files. Name the folder of the data set itself.",
                        folder=str(folder),
                        limit=MAX_FILES,
                    )
                )
            name = (relative / each).as_posix()
            if not added_by_system(name) and (Path(place) / each).is_file():
                yield name


def added_by_system(name: str) -> bool:
    """Whether macOS or Windows has put this file there, or it is hidden: `__MACOSX/`, `.DS_Store`, `Thumbs.db`.

    A damaged zip may have a member without a name, or with the name ".".
    """
    parts = PurePosixPath(name).parts
    if not parts:
        return True
    return "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in ("thumbs.db", "desktop.ini")


def part_of(name: str) -> str:
    """The part of a data set that a file is of: train, test, validation, or "" if its name does not say so.

    What is nearest to the end of the name decides.
    """
    for each in reversed(PurePosixPath(name).parts):
        for part, beginning in PARTS.items():
            if re.search(rf"(?<![a-z])({beginning})", each.lower()):
                return part
    return ""


def several(tree: Tree, names: list[str]) -> InputError:
    """The error for a source with more than one data set."""
    return InputError(
        _("{file} has more than one data set: {names}. Name one of them.", file=tree.name, names=shortened(names))
    )


def shortened(names: list[str], most: int = 6) -> Text:
    """The first names of a list, none longer than 60 letters."""
    return listed([each[:60] for each in names[:most]] + (["…"] if len(names) > most else []))
