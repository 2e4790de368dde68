"""The weights that a compression may change: the kernels of hidden layers."""

from collections.abc import Iterator
from typing import Any

import keras

OUTPUTS = (1, 10)
"""The columns of the last layers: a digit score, and logits. They have few weights, and each counts."""


def kernels(network: keras.Model) -> list[Any]:
    """The kernels of convolutions, dense and recurrent layers, without the last layers. Biases and norms are none."""
    return [each for each in network.trainable_weights if len(each.shape) > 1 and each.shape[-1] not in OUTPUTS]


def layers_of(network: keras.Model, *kinds: type[keras.layers.Layer]) -> Iterator[Any]:
    """The hidden layers of just these kinds."""
    for layer in network.layers:
        if type(layer) in kinds and layer.kernel.shape[-1] not in OUTPUTS:
            yield layer
