"""Secrets that programs send to be let in, one a line of a file."""

from pathlib import Path

from mnist_core.common.errors import InputError
from mnist_core.common.files import read_regular
from mnist_core.common.language import _

SHORTEST_KEY = 16
MAX_KEY_FILE = 2**16


def read(file: Path | None) -> frozenset[str]:
    """The keys in a file; empty lines and lines that begin with # do not count.

    Raises:
        InputError: the file cannot be read, or has no key or a short one.
    """
    if file is None:
        return frozenset()
    try:
        text = read_regular(file, MAX_KEY_FILE).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    keys = frozenset(line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#"))
    sendable = all(each.isascii() and each.isprintable() for each in keys)
    if not keys or not sendable or min(map(len, keys)) < SHORTEST_KEY:
        raise InputError(
            _(
                "{file} must be a text file with a secret on each line, of at least {n} characters of ASCII.",
                file=str(file), n=SHORTEST_KEY,
            )
        )  # fmt: skip
    return keys
