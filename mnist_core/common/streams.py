"""Standard output and standard error that are closed or full, or that cannot show a character."""

import codecs
import io
import os
import sys
from typing import Any

from mnist_core.common.errors import StorageError
from mnist_core.common.files import reason
from mnist_core.common.language import _

SPELT = {"→": "->", "…": "...", "–": "-", "“": '"', "”": '"', "’": "'", "×": "x", "≠": "!=", "·": "-"}
"""What the program prints → what encodings other than UTF-8 can show. Anything else becomes "?"."""

_closed: list[int] = []


class _Output(io.FileIO):
    """Standard output without a terminal. Its errors name standard output instead of a file."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageError(_("Standard output could not be written to. {reason}", reason=reason(error))) from None


def prepare() -> None:
    """Make the streams usable. This comes first, because a file that is opened takes the number of a closed stream."""
    codecs.register_error("spelt", _spelt)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            _closed.append(number)
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8"))
    if sys.stdout.isatty():
        sys.stdout.reconfigure(errors="spelt")  # type: ignore[union-attr]
    else:
        raw = io.BufferedWriter(_Output(1, "w", closefd=False))
        sys.stdout = io.TextIOWrapper(raw, encoding=sys.stdout.encoding, errors="spelt")
    sys.stderr.reconfigure(errors="spelt")  # type: ignore[union-attr]


def _spelt(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(SPELT.get(each, "?") for each in error.object[error.start : error.end]), error.end


def check() -> None:
    """Raises:
    StorageError: standard output is closed, or what was printed could not be written.
    """
    if 1 in _closed:
        raise StorageError(_("Standard output is closed, so the result cannot be printed."))
    sys.stdout.flush()


def give_up() -> None:
    """Drop what was printed and could not be written. Otherwise Python would end with an error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, StorageError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
