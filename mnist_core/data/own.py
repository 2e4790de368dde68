"""The workspace's own data sets: other people's files, converted once to .npz."""

import itertools
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import StudioError
from mnist_core.common.files import replacing
from mnist_core.common.workspace import Workspace
from mnist_core.data import npz
from mnist_core.data.datasets import BY_NAME, Dataset, save_mnist

RESERVED = (*BY_NAME, "drawings")
"""Names that mean other data."""


def save(dataset: Dataset, workspace: Workspace) -> str:
    """Write a data set into the workspace; return the name that loads it.

    Another data set of the same name stays, and this one gets a number.

    Raises:
        StorageError: the disk has no room for it.
    """
    parts = {name: getattr(dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    if dataset.name == "mnist":
        save_mnist(parts, workspace)
        return "mnist"
    stem = re.sub(r"[^\w-]+", "-", dataset.name).strip("-")[:60] or "own"
    stem = f"{stem}-own" if stem.casefold() in RESERVED else stem
    arrays = dict(zip("xy", dataset.all, strict=True)) if dataset.undivided else parts
    stems = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    paths = (workspace.datasets / f"{each}.npz" for each in stems)
    path = next(each for each in paths if not each.exists() or _has(each, arrays))
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
    return str(path)


def _has(path: Path, arrays: dict[str, npt.NDArray[np.uint8]]) -> bool:
    """Whether a file has these arrays."""
    try:
        there = npz.read(path, tuple(arrays))
    except StudioError:
        return False
    return all(np.array_equal(there[name], array) for name, array in arrays.items())


def saved(workspace: Workspace) -> list[Path]:
    """The data sets that `save` has written, by name."""
    return sorted(path for path in workspace.datasets.glob("*.npz") if path.stem not in RESERVED)


def training_images(name: str, workspace: Workspace) -> int | None:
    """How many training images a data set has; None if it is not one with a name or one that `save` has written."""
    if name in BY_NAME:
        return BY_NAME[name]
    path = Path(name)
    if path not in saved(workspace):
        return None
    try:
        with path.open("rb") as file:
            shapes = {each: header.shape for each, header in npz.Arrays(file, path.name).headers().items()}
    except (OSError, StudioError):
        return None
    if "y_train" in shapes:
        return shapes["y_train"][0]
    return round(0.8 * shapes["y"][0]) if "y" in shapes else None  # every fifth is for testing
