"""Whether a model's two files are whole, as far as a glance tells: both formats say where they end."""

import os
import zipfile
from pathlib import Path
from typing import BinaryIO


def fault(path: Path) -> str:
    """What is wrong with a model.keras or model.onnx, as the rest of a sentence; empty if nothing is seen to be.

    A byte that has changed inside is not seen; whoever reads the file finds it.
    """
    try:
        if not path.stat().st_size:
            return "is empty"
        whole = zipfile.is_zipfile(path) if path.suffix == ".keras" else _is_whole_onnx(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if whole else "is damaged or cut off"


def _is_whole_onnx(path: Path) -> bool:
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
                return False  # an ONNX file has no other kinds there
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
