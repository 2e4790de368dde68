"""Read named arrays from an .npz file that may come from anybody.

NumPy would unpickle object arrays and believe a header of 80 bytes that claims 32 GiB; here the header is
checked before anything is read.
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
from mnist_core.common.errors import InputError
from mnist_core.common.files import check_regular, reason

MAX_BYTES = 2**30
"""Of the file, and of its arrays together."""
MAX_HEADER = 10_000
"""NumPy itself parses no longer one, but would read one of four gigabytes."""

BROKEN = (*archives.BROKEN, TypeError, SyntaxError, tokenize.TokenError, MemoryError)
"""All that Python and NumPy raise on a file that is damaged, encrypted, or meant to break them: a header is Python."""


def read(path: Path, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """The arrays called `names`.

    Raises:
        InputError: not an .npz file, an array is missing, of objects, too large, or damaged.
    """
    check_regular(path, MAX_BYTES)
    try:
        with path.open("rb") as file:
            return parse(file, path.name, names)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None


def parse(file: BinaryIO, source: str, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Like `read`, from an open file; `source` is what the messages call it."""
    try:
        with archives.opened(file) as archive:
            if (size := sum(_size(archive, name, source) for name in names)) > MAX_BYTES:
                raise InputError(f"{source}: its arrays claim {size:,} bytes; {MAX_BYTES:,} are allowed.")
            return {name: _array(archive, name) for name in names}
    except BROKEN as error:
        raise InputError(f"{source} is not a readable .npz file: {error}.") from None


def _size(archive: zipfile.ZipFile, name: str, source: str) -> int:
    """The bytes that an array claims to have, by its header alone."""
    if (member := f"{name}.npy") not in archive.namelist():
        raise InputError(f"{source} has no array {name!r}; it has {_listed(archive.namelist()) or 'nothing'}.")
    with archive.open(member) as file:
        start = io.BytesIO(file.read(MAX_HEADER))
    version = npy.read_magic(start)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read_header(start)
    if dtype.hasobject:
        raise InputError(f"{source}: {name} holds Python objects, which could run code; numbers are allowed.")
    return abs(int(np.prod(shape, dtype=object))) * dtype.itemsize


def _listed(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most] + (["…"] if len(names) > most else []))


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as file:
        array: npt.NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array
