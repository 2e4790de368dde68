"""A saved network, loaded to be trained on or converted."""

from pathlib import Path

import keras

from mnist_core.common import archives
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _
from mnist_core.engine.backends.devices import naming_out_of_memory
from mnist_core.models.model import Model

BROKEN = (*archives.BROKEN, TypeError, LookupError, AttributeError, RecursionError)
"""All that Keras raises on a file that is damaged."""


def network_of(model: Model) -> keras.Model:
    """The network of a registered model.

    Raises:
        UnreadableError: its file is missing or damaged.
    """
    if model.without_keras:
        raise UnreadableError(model.without_keras)
    try:
        return load(model.keras)
    except UnreadableError:
        raise UnreadableError(model.damaged(model.keras)) from None


def load(path: Path) -> keras.Model:
    """The network in a .keras file that this program wrote.

    Raises:
        UnreadableError: it is damaged.
    """
    try:
        with naming_out_of_memory():
            return keras.models.load_model(path, compile=False)
    except BROKEN as error:
        raise UnreadableError(_("{file} is damaged.", file=str(path))) from error
