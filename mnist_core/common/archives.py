"""Zip files from anywhere, opened and read within limits.

Python's `zipfile` trusts an archive: it reads the list of members at once, however long it is, and unpacks a whole
member, whatever size the list gives.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from mnist_core.common.language import _

MAX_LIST = 8 * 2**20
"""The most bytes of a list of members: 50,000 members with names of a hundred letters."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""All that `zipfile` raises for a file that is damaged, encrypted or malicious."""


class _Bounded:
    """A file that returns at most `MAX_LIST` bytes at once. Members are read in smaller pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_LIST:
            raise zipfile.BadZipFile(_("The archive contains too many files."))
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def opened(file: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive; `zipfile` unpacks its members in pieces.

    Raises:
        BROKEN: it is not a zip file, is damaged, or is compressed in a way that cannot be unpacked in pieces.
    """
    if isinstance(file, Path):
        with file.open("rb") as content, opened(content) as archive:
            yield archive
        return
    with zipfile.ZipFile(_Bounded(file)) as archive:  # needs only read, seek and tell
        for member in archive.infolist():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile(_("The compression of {member} is not allowed.", member=member.filename))
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
                raise zipfile.BadZipFile(_("{member} has more than {limit:,} bytes.", member=file.name, limit=limit))
            pieces.append(piece)
    return b"".join(pieces)
