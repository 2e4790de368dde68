"""Read and write IDX files, the format in which MNIST was published (yann.lecun.com), plain or gzipped.

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

from mnist_core.common.errors import InputError, details
from mnist_core.common.files import read_regular
from mnist_core.common.language import _

FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
MAX_BYTES = 256 * 2**20
"""The limit of one unpacked file. EMNIST's largest file has this layout and 188 MB."""


def pack(array: npt.NDArray[np.uint8]) -> bytes:
    """An array as an uncompressed IDX file."""
    return struct.pack(">BBBB" + array.ndim * "I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def unpack(content: bytes, source: str) -> npt.NDArray[np.uint8]:
    """An IDX file's bytes → its array.

    Raises:
        InputError: it is not IDX, or its length does not match its header.
    """
    if content[:3] != b"\0\0\x08" or len(content) < 4 or len(content) < 4 + 4 * content[3]:
        raise InputError(_("{file} is not an IDX file of unsigned bytes.", file=source))
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    start = 4 + 4 * len(shape)
    wanted, found = math.prod(shape), len(content) - start
    if found != wanted or 0 in shape:
        raise InputError(
            _(
                "{file} is incomplete: its header announces {wanted:,} bytes, and {found:,} follow.",
                file=source,
                wanted=wanted,
                found=found,
            )
        )
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
        raise InputError(_("{file} is damaged. {reason}", file=source, reason=details(error))) from None
    if len(plain) > MAX_BYTES:
        limit = MAX_BYTES >> 20
        raise InputError(
            _("{file} is larger than {limit} MB when unpacked, which is the limit.", file=source, limit=limit)
        )
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
            raise InputError(_("{folder} lacks {file} (or {file}.gz).", folder=str(folder), file=file_name))
        paths[name] = path
    return paths


def _existing(folder: Path, name: str) -> Path | None:
    # Some unpackers turn "-idx3" into ".idx3".
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), f"{name.replace('-idx', '.idx')}.gz")
    return next((folder / each for each in names if (folder / each).is_file()), None)
