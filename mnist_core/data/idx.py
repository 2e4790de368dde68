"""The IDX files in which MNIST was published (yann.lecun.com): read and packed, plain or gzipped.

An IDX file is a magic number 0, 0, 8 (unsigned bytes), the number of dimensions, each dimension as a
big-endian 32-bit integer, and the bytes.
"""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.files import read_regular

FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
MAX_BYTES = 256 * 2**20
"""Of one file, unpacked: EMNIST's largest, which has this layout, too, has 188 MB."""


def pack(array: npt.NDArray[np.uint8]) -> bytes:
    """An array as an uncompressed IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def unpack(content: bytes, source: str) -> npt.NDArray[np.uint8]:
    """An IDX file's bytes → its array.

    Raises:
        InputError: not IDX, or not as long as its header says.
    """
    if content[:3] != b"\0\0\x08" or len(content) < 4 or len(content) < 4 + 4 * content[3]:
        raise InputError(f"{source} is not an IDX file of unsigned bytes.")
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    start = 4 + 4 * len(shape)
    wanted, found = math.prod(shape), len(content) - start
    if found != wanted or 0 in shape:
        raise InputError(f"{source} is cut off: its header says {wanted:,} bytes, {found:,} follow.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def decompress(content: bytes, source: str) -> bytes:
    """Gunzip, never to more than `MAX_BYTES`.

    Raises:
        InputError: damaged, or too large.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{source} is damaged: {error}.") from None
    if len(plain) > MAX_BYTES:
        raise InputError(f"{source} is larger than {MAX_BYTES >> 20} MB when unpacked, the most that is allowed.")
    return plain


def read_folder(folder: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """The four arrays from a folder with MNIST's four IDX files, each gzipped or not.

    Raises:
        InputError: a file is missing or damaged.
    """
    arrays = {}
    for name, path in _paths(folder).items():
        content = read_regular(path, MAX_BYTES)
        arrays[name] = unpack(decompress(content, path.name) if path.suffix == ".gz" else content, path.name)
    return arrays


def check_complete(folder: Path) -> None:
    """Raises:
    InputError: the folder lacks one of the four files.
    """
    _paths(folder)


def is_complete(folder: Path) -> bool:
    """Whether the folder has all four files."""
    return folder.is_dir() and all(_existing(folder, name) for name in FILES.values())


def _paths(folder: Path) -> dict[str, Path]:
    paths = {}
    for name, file_name in FILES.items():
        path = _existing(folder, file_name)
        if path is None:
            raise InputError(f"{folder} lacks {file_name} (or {file_name}.gz).")
        paths[name] = path
    return paths


def _existing(folder: Path, name: str) -> Path | None:
    # Some unpackers turn "-idx3" into ".idx3".
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), f"{name.replace('-idx', '.idx')}.gz")
    return next((folder / each for each in names if (folder / each).is_file()), None)
