"""Read named arrays from an .npz file from anywhere.

NumPy would unpickle object arrays and trust a header of 80 bytes that claims 32 GiB. Here, the header is checked before
anything is read.
"""

import io
import tokenize
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from mnist_core.common import archives
from mnist_core.common.errors import InputError, details
from mnist_core.common.files import check_regular, unreadable
from mnist_core.common.language import Text, _, listed

MAX_BYTES = 2**30
"""The limit of the file, and of its arrays together."""
MAX_HEADER = 10_000
"""NumPy parses no longer header, but it would read one of four gigabytes."""

BROKEN = (*archives.BROKEN, TypeError, SyntaxError, tokenize.TokenError, MemoryError)
"""All that Python and NumPy raise for a file that is damaged, encrypted or malicious. A header is Python source."""


def read(path: Path, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """The arrays called `names`.

    Raises:
        InputError: it is not an .npz file, or an array is missing, too large, damaged, or has objects.
    """
    check_regular(path, MAX_BYTES)
    try:
        with path.open("rb") as file:
            return parse(file, path.name, names)
    except OSError as error:
        raise unreadable(path, error) from None


def parse(file: BinaryIO, source: str, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Like `read`, from an open file; `source` is what the messages call it."""
    try:
        with archives.opened(file) as archive:
            if (size := sum(_size(archive, name, source) for name in names)) > MAX_BYTES:
                raise InputError(
                    _(
                        "{file}: its arrays claim {size:,} bytes; {limit:,} are allowed.",
                        file=source,
                        size=size,
                        limit=MAX_BYTES,
                    )
                )
            return {name: _array(archive, name) for name in names}
    except BROKEN as error:
        raise InputError(
            _("{file} is not a readable .npz file. {reason}", file=source, reason=details(error))
        ) from None


def _size(archive: zipfile.ZipFile, name: str, source: str) -> int:
    """The bytes that an array claims to have in its header."""
    if (member := f"{name}.npy") not in archive.namelist():
        given = _listed(archive.namelist())
        raise InputError(
            _("{file} has no array {name!r}. It has: {given}.", file=source, name=name, given=given)
            if given
            else _("{file} has no array {name!r}; it is empty.", file=source, name=name)
        )
    with archive.open(member) as file:
        start = io.BytesIO(file.read(MAX_HEADER))
    version = npy.read_magic(start)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _fortran, dtype = read_header(start)
    if dtype.hasobject:
        raise InputError(
            _(
                "{file}: {name} holds Python objects, which could run code. Only numbers are allowed.",
                file=source,
                name=name,
            )
        )
    return abs(int(np.prod(shape, dtype=object))) * dtype.itemsize


def _listed(names: list[str], most: int = 8) -> Text:
    return listed(names[:most] + (["…"] if len(names) > most else []))


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as file:
        array: npt.NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array
