"""Read named arrays from an .npz file that may come from anybody.

NumPy would unpickle object arrays and believe a header of 80 bytes that claims 32 GiB; here the header is
checked before anything is read.
"""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from mnist_core.common.errors import InputError

MAX_BYTES = 2**30

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),  # the archive
    *(ValueError, TypeError, SyntaxError, tokenize.TokenError, MemoryError),  # a header, which NumPy parses as Python
)
"""All that Python and NumPy raise on a file that is damaged, encrypted, or meant to break them."""


def read(path: Path, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """The arrays called `names`.

    Raises:
        InputError: not an .npz file, an array is missing, of objects, too large, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _read_array(archive, name, path.name) for name in names}
    except BROKEN as error:
        raise InputError(f"{path.name} is not a readable .npz file: {error}.") from None


def _read_array(archive: zipfile.ZipFile, name: str, source: str) -> npt.NDArray[Any]:
    member = f"{name}.npy"
    if member not in archive.namelist():
        raise InputError(f"{source} has no array {name!r}; it has {', '.join(archive.namelist()) or 'nothing'}.")
    with archive.open(member) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(file)
    if dtype.hasobject:
        raise InputError(f"{source}: {name} holds Python objects, which could run code; numbers are allowed.")
    if (size := int(np.prod(shape, dtype=object)) * dtype.itemsize) > MAX_BYTES:
        raise InputError(f"{source}: {name} claims {size:,} bytes; {MAX_BYTES:,} are allowed.")
    with archive.open(member) as file:
        array: npt.NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array
