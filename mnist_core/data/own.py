"""The workspace's own data sets: other people's files, converted once to .npz."""

import re
from pathlib import Path

import numpy as np

from mnist_core.common.files import replacing
from mnist_core.common.workspace import Workspace
from mnist_core.data.datasets import BY_NAME, Dataset, save_mnist

RESERVED = (*BY_NAME, "drawings")
"""Names that mean other data."""


def save(dataset: Dataset, workspace: Workspace) -> str:
    """Write a data set into the workspace; return the name that loads it.

    Raises:
        StorageError: the disk has no room for it.
    """
    parts = {name: getattr(dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    if dataset.name == "mnist":
        save_mnist(parts, workspace)
        return "mnist"
    stem = re.sub(r"[^\w-]+", "-", dataset.name).strip("-")[:60] or "own"
    path = workspace.datasets / f"{stem}-own.npz" if stem.casefold() in RESERVED else workspace.datasets / f"{stem}.npz"
    arrays = dict(zip("xy", dataset.all, strict=True)) if dataset.undivided else parts
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
    return str(path)


def saved(workspace: Workspace) -> list[Path]:
    """The data sets that `save` has written, by name."""
    return sorted(path for path in workspace.datasets.glob("*.npz") if path.stem not in RESERVED)
