"""Everything that a training needs to continue exactly, in one file that is complete or absent.

Weights, optimizer state, the state of the random generators and the loop's own position travel together, so
that no crash can pair the weights of one moment with the optimizer of another. The two newest files are kept;
an .npz carries a checksum of each array, so a damaged one is noticed and the one before it used.
"""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.common.errors import UnreadableError
from mnist_core.common.files import replacing
from mnist_core.engine.training.graph import Resident
from mnist_core.engine.training.position import CheckpointHeader

KEPT = 2
HEADER = "position"
"""The array that holds the header's JSON, as bytes."""

Arrays = dict[str, npt.NDArray[Any]]

DAMAGE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error, UnreadableError,
)  # fmt: skip
"""What NumPy and zipfile raise for a damaged file: RuntimeError if it claims to be encrypted, MemoryError if it claims
to be huge."""


def save(folder: Path, graph: keras.Model, header: CheckpointHeader, extra: list[npt.NDArray[Any]]) -> None:
    """Write a checkpoint named after the header's step.

    Args:
        extra: more arrays of the loop's own (the best weights so far).
    """
    arrays = {f"v{n}": ops.convert_to_numpy(variable) for n, variable in enumerate(changing(graph))}
    arrays |= {f"x{n}": array for n, array in enumerate(extra)}
    # NumPy has no bfloat16 of its own; every variable of ours is float32 or an integer.
    arrays[HEADER] = np.frombuffer(header.text().encode(), np.uint8)
    with replacing(folder / f"{header.step:09}.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    for old in _newest_first(folder)[KEPT:]:
        old.unlink()


@dataclass(frozen=True)
class Restored:
    """What `save` was given, or a header of None; and how many newer checkpoints were damaged."""

    header: CheckpointHeader | None = None
    extra: list[npt.NDArray[Any]] = field(default_factory=list)
    damaged: int = 0


def restore(folder: Path, graph: keras.Model, extra_like: Sequence[npt.NDArray[Any]] = ()) -> Restored:
    """Put the newest whole checkpoint into `graph`, if there is one.

    Args:
        extra_like: arrays of the shapes that the extra ones have, if a checkpoint has any.
    """
    damaged = 0
    variables = changing(graph)
    for path in _newest_first(folder):
        try:
            header, values, extra = _read(path, variables)
            if extra and _shapes(extra) != _shapes(extra_like):
                raise ValueError  # of another network
        except DAMAGE:
            damaged += 1
            continue
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return Restored(header, extra, damaged)
    return Restored(damaged=damaged)


def _read(
    path: Path, variables: list[keras.Variable]
) -> tuple[CheckpointHeader, list[npt.NDArray[Any]], list[npt.NDArray[Any]]]:
    """The header, a value for each variable, and the extra arrays. A damaged file raises one of `DAMAGE`."""
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        arrays = dict(file)
    values = [arrays[f"v{n}"] for n in range(len(variables))]
    if [(value.shape, value.dtype) for value in values] != [(tuple(each.shape), each.dtype) for each in variables]:
        raise ValueError  # of another network
    extra = [arrays[f"x{n}"] for n in range(sum(name.startswith("x") for name in arrays))]
    return CheckpointHeader.parse(arrays[HEADER].tobytes(), path.name), values, extra


def _shapes(arrays: Sequence[npt.NDArray[Any]]) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays]


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.npz"), reverse=True)


def changing(graph: keras.Model) -> list[keras.Variable]:
    """Everything that changes in training, so not the data."""
    data = {id(layer.array) for layer in graph.layers if isinstance(layer, Resident)}
    return [v for v in graph.variables if id(v) not in data] + list(graph.optimizer.variables)
