"""The weights that a compression may change: the kernels of hidden layers."""

from collections.abc import Iterator
from typing import Any

import keras


def kernels(network: keras.Model) -> list[Any]:
    """The kernels of convolutions, dense and recurrent layers, without those of the layers that give the outputs.

    A last layer has few weights, and each counts. Biases, norms, positions and embeddings are no kernels.
    """
    last = {id(each) for layer in output_layers(network) for each in layer.weights}
    return [each for each in network.weights if _is_kernel(each) and id(each) not in last]


def layers_of(network: keras.Model, *kinds: type[keras.layers.Layer]) -> Iterator[Any]:
    """The hidden layers of just these kinds."""
    last = output_layers(network)
    return (layer for layer in network.layers if type(layer) in kinds and layer not in last)


def output_layers(network: keras.Model) -> list[Any]:
    """The last layers with kernels, from each output back: those of logits and digit scores, in each member."""
    found, seen, tensors = [], set(), list(network.outputs)
    while tensors:
        operation, call, _place = tensors.pop()._keras_history
        if (id(operation), call) in seen:
            continue
        seen.add((id(operation), call))
        if isinstance(operation, keras.Layer) and any(map(_is_kernel, operation.weights)):
            found.append(operation)
        else:
            tensors += operation._inbound_nodes[call].input_tensors
    return found


def _is_kernel(weight: Any) -> bool:
    return str(weight.name).endswith("kernel")
