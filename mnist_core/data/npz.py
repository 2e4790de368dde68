"""Read named arrays from an .npz file from anywhere.

NumPy would unpickle object arrays and trust a header of 80 bytes that claims 32 GiB. Here, the header is checked before
anything is read.
"""

import io
import math
import tokenize
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from mnist_core.common import archives
from mnist_core.common.errors import InputError, details
from mnist_core.common.files import check_regular, unreadable
from mnist_core.common.language import Text, _, listed
from mnist_core.data.files.convert import Rows

MAX_BYTES = 2**30
"""The limit of the file, and of its arrays together."""
MAX_HEADER = 10_000
"""NumPy parses no longer header, but it would read one of four gigabytes."""

MAX_WHOLE = 256 * 2**20
"""The limit of an array that is read whole."""
BLOCK = 4 * 2**20
"""The most bytes of images that are read at once."""

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
            _check_size(sum(_header(archive, name, source).size for name in names), source)
            return {name: _array(archive, name) for name in names}
    except BROKEN as error:
        raise InputError(
            _("{file} is not a readable .npz file. {reason}", file=source, reason=details(error))
        ) from None


@dataclass(frozen=True)
class Header:
    """What an array says of itself."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int
    """The bytes before its values."""

    @property
    def size(self) -> int:
        """The bytes that it claims to have."""
        return math.prod(self.shape) * self.dtype.itemsize


def _header(archive: zipfile.ZipFile, name: str, source: str) -> Header:
    if (member := f"{name}.npy") not in archive.namelist():
        given = _listed([each.removesuffix(".npy") for each in archive.namelist()])
        raise InputError(
            _("{file} has no array {name!r}. It has: {given}.", file=source, name=name, given=given)
            if given
            else _("{file} has no array {name!r}; it is empty.", file=source, name=name)
        )
    with archive.open(member) as file:
        start = io.BytesIO(file.read(MAX_HEADER))
    version = npy.read_magic(start)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(start)
    if dtype.hasobject:
        raise InputError(
            _(
                "{file}: {name} holds Python objects, which could run code. Only numbers are allowed.",
                file=source,
                name=name[:60],
            )
        )
    if any(side < 0 for side in shape):
        raise ValueError(_("An array has a negative size."))
    return Header(shape, fortran, dtype, start.tell())


def _check_size(size: int, source: str, limit: int = MAX_BYTES) -> None:
    if size > limit:
        raise InputError(
            _("{file}: its arrays claim {size:,} bytes; {limit:,} are allowed.", file=source, size=size, limit=limit)
        )


def _listed(names: list[str], most: int = 8) -> Text:
    return listed([each[:60] for each in names[:most]] + (["…"] if len(names) > most else []))


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as file:
        array: npt.NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array


class Arrays:
    """The arrays of an .npz file, found by their headers; images are read in blocks."""

    def __init__(self, file: IO[bytes], source: str) -> None:
        self._file = cast("BinaryIO", file)
        self.source = source

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        """Raises:
        InputError: it is not an .npz file, or is damaged.
        """
        try:
            with archives.opened(self._file) as archive:
                yield archive
        except BROKEN as error:
            raise InputError(
                _("{file} is not a readable .npz file. {reason}", file=self.source, reason=details(error))
            ) from None

    def headers(self) -> dict[str, Header]:
        """Array → its header."""
        with self._opened() as archive:
            names = [each.removesuffix(".npy") for each in archive.namelist() if each.endswith(".npy")]
            return {name: _header(archive, name, self.source) for name in names[:100]}

    def array(self, name: str) -> npt.NDArray[Any]:
        """A whole array."""
        with self._opened() as archive:
            _check_size(_header(archive, name, self.source).size, self.source, MAX_WHOLE)
            return _array(archive, name)

    def rows(self, name: str) -> Rows:
        """An array whose first axis counts images."""
        with self._opened() as archive:
            header = _header(archive, name, self.source)
            _check_size(header.size, self.source)
        if header.fortran or not header.shape:  # its bytes are not one image after another
            whole = self.array(name)
            return Rows.of([np.ascontiguousarray(whole)] if whole.ndim else [], whole.shape[1:])

        def blocks() -> Iterator[npt.NDArray[Any]]:
            with self._opened() as archive, archive.open(f"{name}.npy") as file:
                file.read(header.start)
                each = math.prod(header.shape[1:]) * header.dtype.itemsize
                most = max(1, BLOCK // max(1, each))
                for start in range(0, header.shape[0], most):
                    count = min(most, header.shape[0] - start)
                    content = file.read(count * each)
                    if len(content) != count * each:
                        raise EOFError(_("An array is incomplete."))
                    yield np.frombuffer(content, header.dtype).reshape(count, *header.shape[1:])
                if file.read(1):
                    raise ValueError(_("An array is longer than its header says."))

        return Rows(header.shape[0], header.shape[1:], header.dtype, blocks)
