"""A layer → two thin ones whose product is nearest to it: the first singular vectors of its kernel.

A convolution becomes one with few filters and a 1×1 convolution; a dense layer becomes two. A kernel of m × n weights
then has rank × (m + n).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.engine.compression.kernels import layers_of

FEWEST = 4096
"""Kernels with fewer weights are left as they are: two layers would take longer and save little."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """The two layers in place of one, and their weights."""

    first: Any
    second: Any
    weights: tuple[list[Floats], list[Floats]]


def factorize(network: keras.Model, share: float) -> keras.Model:
    """The same network with two thin layers in place of each large one; the other weights are the same.

    Args:
        share: of a kernel's weights that its two factors have at most.
    """
    found = ranks(network, share)
    return replaced(network, {name: split(network.get_layer(name), rank) for name, rank in found.items()})


def ranks(network: keras.Model, share: float) -> dict[str, int]:
    """The name of each layer that is large enough for a low rank → its rank."""
    found = {}
    for layer in layers_of(network, keras.layers.Conv2D, keras.layers.Dense):
        rows, columns = math.prod(layer.kernel.shape[:-1]), layer.kernel.shape[-1]
        rank = int(share * rows * columns / (rows + columns))
        if rank and rows * columns >= FEWEST and getattr(layer, "groups", 1) == 1:
            found[layer.name] = rank
    return found


def split(layer: keras.layers.Layer, rank: int) -> Pair:
    """Two layers whose product has this rank. With all ranks, they compute what the layer does."""
    kernel, *bias = layer.get_weights()
    left, sizes, right = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), full_matrices=False)
    root = np.sqrt(sizes[:rank])
    config = layer.get_config()
    width = "filters" if isinstance(layer, keras.layers.Conv2D) else "units"
    thin = {"name": f"{layer.name}_thin", width: rank, "use_bias": False, "activation": "linear"}
    wide = {"kernel_size": 1, "strides": 1, "dilation_rate": 1} if width == "filters" else {}
    before, after = left[:, :rank] * root, root[:, None] * right[:rank]
    return Pair(
        type(layer).from_config(config | thin),
        type(layer).from_config(config | wide),
        (
            [before.reshape(*kernel.shape[:-1], rank)],
            [after.reshape((1, 1, *after.shape) if wide else after.shape), *bias],
        ),
    )


def replaced(network: keras.Model, pairs: Mapping[str, Pair]) -> keras.Model:
    """The network with each pair in place of the layer of that name."""
    if isinstance(network, keras.Sequential):
        network = keras.Model(network.inputs[0], network.outputs[0], name=network.name)

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        return pairs[layer.name].second if layer.name in pairs else type(layer).from_config(layer.get_config())

    def call(layer: keras.layers.Layer, *arguments: Any, **options: Any) -> Any:
        if layer.name in pairs:
            return layer(pairs[layer.name].first(*arguments), **options)
        return layer(*arguments, **options)

    copy = keras.models.clone_model(network, clone_function=clone, call_function=call)
    for layer in network.layers:
        if layer.weights and layer.name not in pairs:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    for pair in pairs.values():
        for layer, weights in zip((pair.first, pair.second), pair.weights, strict=True):
            layer.set_weights(weights)
    return copy
