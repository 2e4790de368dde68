"""Weights → bytes in few bits, and what a browser makes of them.

A matrix or a filter is stored in float16, or in int8 with a scale for each output channel. Biases and small
tensors stay float32, because they take little room.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Precision = Literal["float16", "int8"]
SMALL = 64
"""Tensors of fewer numbers are written as text."""
FEW = 256
"""Tensors of fewer numbers, and biases, stay float32."""
SMALLEST = 1e-12
"""The least largest number of a slice, so that its scale is not zero."""


@dataclass(frozen=True)
class Packed:
    """Weights as bytes."""

    table: dict[str, dict[str, Any]]
    """Name → shape and where its numbers are, as `network.js` reads it."""
    content: bytes


def packed(weights: Mapping[str, Array], precision: Precision, channels: Mapping[str, int]) -> Packed:
    """Weights by name → the bytes of them all.

    Args:
        channels: for each matrix or filter the axis of its outputs; the last axis for others.
    """
    content = bytearray()
    table: dict[str, dict[str, Any]] = {}

    def put(numbers: Array) -> list[int]:
        start = len(content)
        content.extend(np.ascontiguousarray(numbers).tobytes())
        return [start, int(numbers.size)]

    for name, value in weights.items():
        entry: dict[str, Any] = {"shape": [*value.shape]}
        if value.size < SMALL:
            entry |= {"type": str(value.dtype), "values": value.ravel().tolist()}
        elif value.ndim < 2 or value.size < FEW:
            entry |= {"type": "float32", "at": put(value.astype(np.float32))}
        elif precision == "float16" and np.abs(value).max() < np.finfo(np.float16).max:
            entry |= {"type": "float16", "at": put(value.astype(np.float16))}
        else:
            axis = channels.get(name, value.ndim - 1)
            whole, scales = in_int8(value, axis)
            entry |= {"type": "int8", "at": put(whole), "scales": put(scales), "axis": axis}
        table[name] = entry
    return Packed(table, bytes(content))


def unpacked(table: Mapping[str, Mapping[str, Any]], content: bytes) -> dict[str, Array]:
    """Weights by name, as `network.js` computes with them."""

    def numbers(kind: Any, at: list[int]) -> Array:
        start, count = at
        return np.frombuffer(content, kind, count, start)

    weights = {}
    for name, entry in table.items():
        if "values" in entry:
            value = np.array(entry["values"], entry["type"]).reshape(entry["shape"])
        else:
            value = numbers(entry["type"], entry["at"]).reshape(entry["shape"]).astype(np.float32)
        if "scales" in entry:
            value = value * _along(numbers(np.float32, entry["scales"]), entry["axis"], value.ndim)
        weights[name] = value
    return weights


def in_int8(value: Array, axis: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """A tensor → whole numbers of the same shape, and the scale of each slice along an axis."""
    others = tuple(each for each in range(value.ndim) if each != axis)
    scales = np.maximum(np.abs(value).max(axis=others), SMALLEST).astype(np.float32) / np.float32(127)
    return np.rint(value / _along(scales, axis, value.ndim)).astype(np.int8), scales


def _along(scales: Array, axis: int, rank: int) -> Array:
    return scales.reshape([-1 if each == axis else 1 for each in range(rank)])
