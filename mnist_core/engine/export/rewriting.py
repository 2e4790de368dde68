"""The ONNX file of a network that differs from an exported one by its weights alone: that one's file with new weights.

A conversion takes most of a second. Here the weights are found in the file by their values. A converter stores them as
they are, transposed, or with each channel multiplied by the scale of the normalisation that follows. A weight that is
stored in another way is not found, and then the network must be converted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

CLOSE = 1e-4
"""How far a stored weight may be from what it should be, relative to the largest one."""
KERNEL_AXES = (3, 2, 0, 1)
"""Keras has a convolution's kernel as (height, width, in, out), ONNX as (out, in, height, width)."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Exported:
    """A network that has an ONNX file already."""

    weights: list[Floats]
    onnx: Path


def rewrite(like: Exported, weights: list[Floats], target: Path) -> bool:
    """Write the ONNX file of a network with these weights and the structure of `like`.

    Returns:
        Whether all weights that differ have been found in the file; otherwise nothing is written.
    """
    if [each.shape for each in weights] != [each.shape for each in like.weights]:
        return False
    model = onnx.load(like.onnx)
    stored = [each for each in model.graph.initializer if each.data_type == onnx.TensorProto.FLOAT]
    values = {each.name: numpy_helper.to_array(each) for each in stored}
    changed: dict[str, Floats] = {}
    for old, new in zip(like.weights, weights, strict=True):
        if np.array_equal(old, new):
            continue
        found = {
            name: rewritten for name, each in values.items() if (rewritten := _rewritten(each, old, new)) is not None
        }
        if not found or changed.keys() & found:
            return False
        changed |= found
    for tensor in stored:
        if tensor.name in changed:
            tensor.CopyFrom(numpy_helper.from_array(changed[tensor.name], tensor.name))
    onnx.save(model, target)
    return True


def _rewritten(stored: npt.NDArray[Any], old: Floats, new: Floats) -> Floats | None:
    """What stands in place of `stored` when the weight is no longer `old` but `new`; None if it is not this weight."""
    axes, out = (KERNEL_AXES, 0) if old.ndim == 4 else (tuple(range(old.ndim)), old.ndim - 1)
    old, new = old.transpose(axes), new.transpose(axes)
    if stored.shape != old.shape:
        return None
    scale = _scale(stored, old, out) if old.ndim > 1 else np.float32(1)
    if not np.abs(stored - scale * old).max() <= CLOSE * np.abs(stored).max():
        return None
    return np.ascontiguousarray(scale * new, np.float32)


def _scale(stored: npt.NDArray[Any], old: Floats, out: int) -> Floats:
    """The number by which each channel of `old` was multiplied, along axis `out`; 0 where it is all zeros."""
    others = tuple(axis for axis in range(old.ndim) if axis != out)
    products, squares = (np.sum(old * each, axis=others, keepdims=True) for each in (stored, old))
    scale: Floats = np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)
    return scale
