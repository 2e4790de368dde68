"""The weights after each round, from which an interrupted run continues."""

import zipfile
from pathlib import Path

import numpy as np

from mnist_core.common.errors import InputError
from mnist_core.common.files import replacing
from mnist_core.common.language import _
from mnist_core.engine.fine_tuning.learner import Weights

KEPT = 2
DIGEST = "digest"


def save(folder: Path, number: int, weights: Weights, digest: str) -> None:
    """Write the weights after this round; the newest two rounds are kept.

    Args:
        digest: of the network that they belong to.
    """
    with replacing(folder / f"{number:06}.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, *weights, allow_pickle=False, **{DIGEST: np.array(digest)})
    for old in _newest_first(folder)[KEPT:]:
        old.unlink()


def restore(folder: Path, like: Weights, digest: str) -> tuple[int, Weights]:
    """The newest round that can be read, and its weights; round 0 and the weights `like` if there is none.

    Raises:
        InputError: the weights belong to a network with another digest.
    """
    for path in _newest_first(folder):
        try:
            with np.load(path, allow_pickle=False) as file:
                weights, saved = [file[f"arr_{n}"] for n in range(len(like))], str(file[DIGEST])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            continue
        if saved != digest:
            raise InputError(_("The run began with a model that has other weights, so it cannot be resumed."))
        if [each.shape for each in weights] == [each.shape for each in like]:
            return int(path.stem), weights
    return 0, like


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.npz"), reverse=True)
