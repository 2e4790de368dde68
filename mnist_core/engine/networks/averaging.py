"""Networks that average logits: those of several networks (an ensemble) or of several test-time views."""

from typing import Any, TypeAlias

import keras
import numpy as np
from keras import layers, ops

MEAN, MEAN_OF_VIEWS = "mean_of_members", "mean_of_views"
"""The names of the layers by which such networks are known again."""
VIEWS = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2), (0, 0), (0, 2), (2, 0), (2, 2))
"""Rows and columns cut off above and left of an image with a frame of one pixel: itself first, then its neighbours."""

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def ensemble(inputs: Tensor, logits: list[Tensor], name: str) -> keras.Model:
    """One network of several: its logits are the mean of theirs (deep ensembles, Lakshminarayanan et al. 2017)."""
    return keras.Model(inputs, layers.Average(name=MEAN)(logits), name=name)


def member_logits(network: keras.Model) -> keras.Model:
    """Image → each member's logits, (N, M, 10), of an ensemble; any other network as it is, (N, 10)."""
    if not _is_ensemble(network):
        return network
    return keras.Model(network.inputs, Stack()(network.layers[-1].input))


class Stack(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """M tensors (N, 10) → one (N, M, 10)."""

    def call(self, logits: list[Tensor]) -> Tensor:
        return ops.stack(logits, axis=1)


def heads(network: keras.Model) -> int:
    """How many layers give logits: one, or one for each member of an ensemble."""
    return len(network.layers[-1].input) if _is_ensemble(network) else 1


def _is_ensemble(network: keras.Model) -> bool:
    last = network.layers[-1]
    return last.name == MEAN and isinstance(last, layers.Average)


def mean_over_members(logits: Tensor) -> Tensor:
    """(N, 10) or (N, M, 10) → (N, 10)."""
    if len(logits.shape) == 2:
        return logits
    return logits.mean(axis=1) if isinstance(logits, np.ndarray) else ops.mean(logits, axis=1)


def with_views(network: keras.Model, count: int) -> keras.Model:
    """The mean of the logits of `network` for the image and for `count` - 1 views of it, each shifted by one pixel."""
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    framed = layers.ZeroPadding2D(1, dtype="uint8")(layers.Reshape((28, 28, 1), dtype="uint8")(inputs))
    views = []
    for down, right in VIEWS[:count]:
        view = layers.Cropping2D(((down, 2 - down), (right, 2 - right)), dtype="uint8")(framed)
        views.append(network(layers.Reshape((28, 28), dtype="uint8")(view)))
    return keras.Model(inputs, layers.Average(name=MEAN_OF_VIEWS)(views), name=network.name)


def without_views(network: keras.Model) -> tuple[keras.Model, int]:
    """What `with_views` was given; any other network and 1."""
    last = network.layers[-1]
    inner = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    if last.name != MEAN_OF_VIEWS or len(inner) != 1:
        return network, 1
    return inner[0], len(last.input)
