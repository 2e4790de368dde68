"""A model's two files, for tests that do not look into them."""

import shutil
from pathlib import Path

from mnist_core.models.model import FILES
from mnist_core.models.registry import shipped


def copy_shipped(folder: Path) -> None:
    """Those of the shipped model."""
    for name in FILES:
        shutil.copy(shipped().folder / name, folder)
