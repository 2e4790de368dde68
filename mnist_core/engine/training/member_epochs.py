"""What a member of an ensemble has after each epoch: a file with its step, its validation logits and its weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.files import replacing
from mnist_core.engine.training.checkpoints import DAMAGE
from mnist_core.engine.training.position import Position
from mnist_core.evaluation.predictions import Logits
from mnist_core.jobs.runs import Run

FOLDER = "epochs"


def write(run: Run, position: Position, logits: Logits, weights: list[npt.NDArray[Any]]) -> None:
    """Keep what a member has at the end of the position's last epoch."""
    path = _path(run, len(position.losses))
    path.parent.mkdir(exist_ok=True)
    arrays = {f"w{n}": each for n, each in enumerate(weights)}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, step=position.step, logits=logits, **arrays)


def numbers(run: Run) -> Iterator[int]:
    """The epochs, from 1, that have a file."""
    return (int(path.stem) for path in run.folder.glob(f"{FOLDER}/[0-9]*.npz"))


def logits_of(run: Run, epoch: int) -> tuple[int, Logits] | None:
    """The step at the end of an epoch, and the validation logits; None if the file is damaged."""
    try:
        with np.load(_path(run, epoch), allow_pickle=False) as file:
            return int(file["step"]), file["logits"]
    except DAMAGE:
        return None


def weights_of(run: Run, epoch: int) -> list[npt.NDArray[Any]]:
    """The weights at the end of an epoch."""
    with np.load(_path(run, epoch), allow_pickle=False) as file:
        return [file[f"w{n}"] for n in range(sum(name.startswith("w") for name in file))]


def _path(run: Run, epoch: int) -> Path:
    return run.folder / FOLDER / f"{epoch:04d}.npz"
