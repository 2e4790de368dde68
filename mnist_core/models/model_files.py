"""Whether a model's two files are complete, by a quick check: both formats say where they end."""

import os
import zipfile
from pathlib import Path
from typing import BinaryIO

from mnist_core.common.files import reason
from mnist_core.common.language import Text, _


def fault(path: Path) -> Text | None:
    """What is wrong with a model.keras or model.onnx, in a sentence; None if the check finds nothing.

    It does not find a byte that has changed inside the file; reading the file does.
    """
    try:
        if not path.stat().st_size:
            return _("{file} is empty.", file=path.name)
        complete = zipfile.is_zipfile(path) if path.suffix == ".keras" else _is_complete_onnx(path)
    except FileNotFoundError:
        return _("{file} is missing.", file=path.name)
    except OSError as error:
        return _("{file} cannot be read. {reason}", file=path.name, reason=reason(error))
    return None if complete else _("{file} is damaged or incomplete.", file=path.name)


def _is_complete_onnx(path: Path) -> bool:
    """Whether the fields of the outermost message (Protocol Buffers, "Encoding") end where the file ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            kind = _number(file) & 7
            if kind == 0:
                _number(file)
            elif kind == 2 and (length := _number(file)) <= size:  # a damaged length may be too large to seek by
                file.seek(length, os.SEEK_CUR)
            else:
                return False  # an ONNX file has no other kinds at this level
        return file.tell() == size


def _number(file: BinaryIO) -> int:
    """A number of seven bits a byte, the last byte below 128; 0 at the file's end."""
    value = shift = 0
    while shift < 64 and (byte := file.read(1)):
        value |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    return value
