"""Checks of HDF5 files from elsewhere. HDF5 is a C library, so they run only in the subprocess that opens a model."""

import json
from pathlib import Path
from typing import IO, Any

from mnist_core.common import archives
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.models import keras_config

MAX_CONFIG = 2**20


def check_plain(file: Path | IO[bytes], limit: int) -> dict[str, Any]:
    """Check that a file has only plain data sets that lie in it; return its own attributes that are texts.

    Raises:
        InputError: it is damaged, too large, or refers to another file (soft or external links, virtual data).
    """
    import h5py

    def is_elsewhere(name: str, link: Any) -> str | None:
        return None if isinstance(link, h5py.HardLink) else name

    sizes = []

    def lies_elsewhere(name: str, item: Any) -> str | None:
        if not isinstance(item, h5py.Dataset):
            return None
        sizes.append(item.nbytes)
        return name if item.is_virtual or item.external else None

    try:
        with h5py.File(file, "r") as opened:
            # A visitor's return value ends the visit. An error raised in a visitor would be lost in C.
            found = opened.visititems_links(is_elsewhere) or opened.visititems(lies_elsewhere)
            texts = {name: value for name in opened.attrs if isinstance(value := opened.attrs[name], str | bytes)}
    except (*archives.BROKEN, KeyError, TypeError):
        raise InputError(_("The weights are damaged and cannot be read.")) from None
    if found:
        raise InputError(_("The weights {name!r} refer to another file, which is not allowed.", name=found))
    if sum(sizes) > limit:
        raise InputError(_("The weights unpack to more than is allowed."))
    return texts


def check_model(path: Path, limit: int) -> None:
    """Check an .h5 file: a whole model of allow-listed layers, with plain weights.

    Raises:
        InputError: something is wrong with it.
    """
    text = check_plain(path, limit).get("model_config")
    if text is None:
        raise InputError(_("It has weights only, and no network. Save the whole model with model.save."))
    try:
        config = json.loads(text) if len(text) <= MAX_CONFIG else None
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise InputError(_("{file} is damaged: its {member} cannot be read.", file=path.name, member="model_config"))
    keras_config.check_config(config, path.name, legacy=True)
