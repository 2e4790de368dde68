"""Networks that average their outputs over several networks (an ensemble) or over several test-time views.

A network's outputs are logits (N, 10) and, if it learns to refuse what is not a digit, a score (N,) as in
`evaluation.outputs`.
"""

from typing import Any, TypeAlias

import keras
import numpy as np
from keras import layers, ops

MEAN, MEAN_OF_VIEWS = "mean_of_members", "mean_of_views"
"""The names of the layers by which such networks are known again."""
VIEWS = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2), (0, 0), (0, 2), (2, 0), (2, 2))
"""Rows and columns cut off above and left of an image with a frame of one pixel: itself first, then its neighbours."""

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def ensemble(inputs: Tensor, members: list[list[Tensor]], name: str) -> keras.Model:
    """One network of several: its outputs are the means of theirs (deep ensembles, Lakshminarayanan et al. 2017)."""
    return as_network(inputs, _means(members, MEAN), name)


def as_network(inputs: Tensor, outputs: list[Tensor], name: str) -> keras.Model:
    """A network with one output or two. A list of one would make it return lists."""
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)


def _means(members: list[list[Tensor]], name: str) -> list[Tensor]:
    """The mean of each output over the members; the layer that takes the first mean has this name."""
    by_output = zip((name, f"{name}_scores"), zip(*members, strict=True), strict=False)
    return [layers.Average(name=of)(list(outputs)) for of, outputs in by_output]


def member_logits(network: keras.Model) -> keras.Model:
    """Image → the logits that are trained: (N, 10), or (N, 11) with one for "not a digit"; of an ensemble (N, M, …)."""
    members = _members(network)
    if len(members) == 1 and len(members[0]) == 1:
        return network
    logits = [NoDigit()(outputs) if len(outputs) > 1 else outputs[0] for outputs in members]
    return keras.Model(network.inputs[0], logits[0] if len(logits) == 1 else Stack()(logits))


class NoDigit(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """Logits (N, 10) and scores (N,) → (N, 11), as `Outputs.with_no_digit`."""

    def call(self, outputs: list[Tensor]) -> Tensor:
        logits, scores = outputs
        return ops.concatenate([logits, (ops.logsumexp(logits, axis=1) - scores)[:, None]], axis=1)


class Stack(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """M tensors (N, K) → one (N, M, K)."""

    def call(self, logits: list[Tensor]) -> Tensor:
        return ops.stack(logits, axis=1)


def heads(network: keras.Model) -> int:
    """How many layers give outputs: one or two, or those of each member of an ensemble."""
    return sum(map(len, _members(network)))


def tells_digits(network: keras.Model) -> bool:
    """Whether it was trained to tell what is not a digit."""
    return len(network.outputs) == 2


def member_of(network: keras.Model, number: int) -> keras.Model:
    """One member of an ensemble, with the ensemble's own weights; of a single network, the network.

    Args:
        number: from 0.
    """
    return as_network(network.inputs, _members(network)[number], network.name)


def divide_logits(network: keras.Model, divisor: float) -> None:
    """Divide the logits of the network, or of each member of an ensemble, by changing the layers that give them."""
    logits = {id(outputs[0]) for outputs in _members(network)}
    for layer in network.layers:
        if isinstance(layer, layers.Dense) and id(layer.output) in logits:
            layer.set_weights([weight / divisor for weight in layer.get_weights()])


def _members(network: keras.Model) -> list[list[Tensor]]:
    """The outputs of each member of an ensemble, or of the network itself."""
    means = [layer for layer in network.layers if layer.name in (MEAN, f"{MEAN}_scores")]
    return [list(outputs) for outputs in zip(*(mean.input for mean in means), strict=True)] or [network.outputs]


def mean_over_members(logits: Tensor) -> Tensor:
    """(N, K) or (N, M, K) → (N, K)."""
    if len(logits.shape) == 2:
        return logits
    return logits.mean(axis=1) if isinstance(logits, np.ndarray) else ops.mean(logits, axis=1)


def with_views(network: keras.Model, count: int) -> keras.Model:
    """The mean of the outputs of `network` for the image and for `count` - 1 views of it, each shifted by one pixel."""
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    framed = layers.ZeroPadding2D(1, dtype="uint8")(layers.Reshape((28, 28, 1), dtype="uint8")(inputs))
    views = []
    for down, right in VIEWS[:count]:
        view = layers.Cropping2D(((down, 2 - down), (right, 2 - right)), dtype="uint8")(framed)
        views.append(keras.tree.flatten(network(layers.Reshape((28, 28), dtype="uint8")(view))))
    return as_network(inputs, _means(views, MEAN_OF_VIEWS), network.name)


def without_views(network: keras.Model) -> tuple[keras.Model, int]:
    """What `with_views` was given; any other network and 1."""
    means = [layer for layer in network.layers if layer.name == MEAN_OF_VIEWS]
    inner = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    if len(means) != 1 or len(inner) != 1:
        return network, 1
    return inner[0], len(means[0].input)
