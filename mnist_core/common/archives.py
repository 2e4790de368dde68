"""Zip files that may come from anybody, opened and read within bounds.

Python's `zipfile` believes what an archive says of itself: it reads the list of members in one piece, however long, and
unpacks a member as far as it goes, whatever size the list gives.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

MAX_LIST = 8 * 2**20
"""The most bytes of a list of members: 50,000 members with names of a hundred letters."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""All that `zipfile` raises on a file that is damaged, encrypted, or meant to break it."""


class _Bounded:
    """A file that gives no more than `MAX_LIST` at once. Members are read in smaller pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_LIST:
            raise zipfile.BadZipFile("its list of members is too long")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def opened(file: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive, whose members `zipfile` unpacks piece by piece.

    Raises:
        BROKEN: it is no zip, damaged, or packed in a way that cannot be unpacked piece by piece.
    """
    if isinstance(file, Path):
        with file.open("rb") as content, opened(content) as archive:
            yield archive
        return
    with zipfile.ZipFile(_Bounded(file)) as archive:  # needs only read, seek and tell
        for member in archive.infolist():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile(f"{member.filename} is packed in a way that is not allowed")
        yield archive


def read(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str, limit: int) -> bytes:
    """A member's content.

    Raises:
        BROKEN: it is damaged or has more than `limit` bytes.
    """
    pieces, left = [], limit
    with archive.open(member) as file:
        while piece := file.read(min(left + 1, 2**20)):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile(f"{file.name} has more than {limit:,} bytes")
            pieces.append(piece)
    return b"".join(pieces)
