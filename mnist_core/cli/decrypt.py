"""decrypt: the file that an encrypted export holds."""

from pathlib import Path
from typing import Annotated

import typer

from mnist_core.cli import encrypted
from mnist_core.cli.shared import JsonOption, tell
from mnist_core.common.errors import InputError
from mnist_core.common.files import exporting
from mnist_core.common.language import _


def decrypt(
    path: Annotated[Path, typer.Argument(help=_("A file that this program has encrypted."))],
    target: Annotated[
        Path | None, typer.Argument(help=_("Where to write its content. [beside it, under its own name]"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write what an encrypted file holds."""
    with encrypted.opened(path) as plain:
        if plain == path:
            raise InputError(_("{file} is not an encrypted file.", file=path.name))
        written = target or path.parent / plain.name
        if written.exists():
            raise InputError(_("{file} exists. Name another file to write to.", file=str(written)))
        with exporting(written) as temporary:
            temporary.write_bytes(plain.read_bytes())
    tell({"decrypted": str(path), "path": str(written)}, _("{file} was written.", file=str(written)), as_json)
