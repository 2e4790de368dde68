"""Files that a command encrypts or decrypts, and how it comes by the passphrase."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from mnist_core.common import encryption
from mnist_core.common.encryption import VARIABLE as VARIABLE
from mnist_core.common.encryption import Plain
from mnist_core.common.errors import InputError
from mnist_core.common.files import check_regular, exporting, scratch_folder, unreadable
from mnist_core.common.language import _, sentences

MAX_BYTES = 2**30


@contextmanager
def target(path: Path) -> Iterator[Path]:
    """Where to write a file: the path itself or, if it ends with .encrypted, one that is then encrypted into it.

    Raises:
        InputError: there is no passphrase, or the path cannot be written.
    """
    if not encryption.is_named(path.name):
        yield path
        return
    passphrase = _passphrase(new=True)
    with scratch_folder() as folder, exporting(path) as temporary:
        plain = folder / encryption.plain_name(path.name)
        yield plain
        if plain.is_dir():
            raise InputError(_("A folder cannot be encrypted. Let {file} end with .zip.encrypted.", file=path.name))
        temporary.write_bytes(encryption.encrypt(Plain(plain.name, plain.read_bytes()), passphrase))


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The path, or that of the decrypted file if it is an encrypted one.

    Raises:
        InputError: the passphrase is missing or wrong, the file cannot be read, or it is named like an encrypted file
            and is none. An error about the decrypted file names the encrypted one as well.
    """
    if not (path.is_file() and encryption.is_encrypted(_start(path))):
        if path.is_file() and encryption.is_named(path.name):
            raise InputError(_("{file} is not an encrypted file.", file=path.name))
        yield path
        return
    check_regular(path, MAX_BYTES)
    passphrase = _passphrase(new=False)
    with scratch_folder() as folder:
        plain = encryption.decrypt(path.read_bytes(), passphrase, path.name)
        (folder / plain.name).write_bytes(plain.content)
        try:
            yield folder / plain.name
        except InputError as error:
            if plain.name not in str(error):
                raise
            holds = _("{file} holds {name}.", file=path.name, name=plain.name)
            raise InputError(sentences([holds, error.text])) from error


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(encryption.MAGIC))
    except OSError as error:
        raise unreadable(path, error) from None


def _passphrase(*, new: bool) -> str:
    """Raises:
    InputError: there is nobody to ask, or it is too short for a new file.
    """
    if (given := os.environ.get(VARIABLE)) is None:
        if not sys.stdin.isatty():
            raise InputError(
                _("The file needs a passphrase. Set {variable}, or run the command in a terminal.", variable=VARIABLE)
            )
        asked = typer.prompt(
            _("Passphrase"), hide_input=True, err=True, confirmation_prompt=_("Again") if new else False
        )
        given = str(asked)
    if new:
        encryption.check_new(given)
    return given
