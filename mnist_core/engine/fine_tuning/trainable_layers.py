"""Which layers of a network learn, and how fast each."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

from mnist_core.common.errors import InputError
from mnist_core.common.language import _, listed
from mnist_core.engine.networks.averaging import heads
from mnist_core.engine.training.graph import recording_gradient_norms


def freeze(network: keras.Model, trainable: str, names: str = "") -> None:
    """Freeze batch normalisation, the named layers and, depending on `trainable`, the first layers.

    Args:
        names: layers' names, separated by commas.

    Raises:
        InputError: there is no layer of that name, or nothing would be left to train.
    """
    layers = [layer for layer in _leaves(network) if layer.weights]
    kept = {"everything": len(layers), "last-half": max(2, -(-len(layers) // 2)), "head": heads(network)}[trainable]
    named = {name.strip() for name in names.split(",") if name.strip()}
    known = [layer.name for layer in layers]
    if unknown := named - set(known):
        raise InputError(
            _(
                "The network has no layer {layer!r}. Its layers are {known}.",
                layer=sorted(unknown)[0],
                known=listed(known),
            )
        )
    for number, layer in enumerate(layers):
        if isinstance(layer, keras.layers.BatchNormalization) or number < len(layers) - kept or layer.name in named:
            layer.trainable = False
    if not network.trainable_weights:
        raise InputError(_("All layers are frozen. Freeze fewer layers, or choose more trainable ones."))


def _leaves(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers in their order, those of networks within the network included."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def layer_shares(network: keras.Model, decay: float) -> dict[str, float]:
    """Variable → its share of the learning rate: 1 in the last layer, `decay` in the one before, `decay`² …

    Layers are counted in their order. In an ensemble the layers of all its networks count, so the rates fall more
    slowly. Discriminative fine-tuning, Howard and Ruder 2018.
    """
    layers = [layer for layer in _leaves(network) if layer.trainable_weights]
    return {
        variable.path: decay**before_last
        for before_last, layer in enumerate(reversed(layers))
        for variable in layer.trainable_weights
    }


class LayerwiseAdam(recording_gradient_norms(keras.optimizers.Adam)):  # type: ignore[misc] # Keras carries no types
    """Adam with a separate share of the learning rate for each variable."""

    def __init__(self, shares: dict[str, float], learning_rate: float) -> None:
        super().__init__(learning_rate=learning_rate)
        self._shares = shares

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        slowed = [each for each in variables if self._shares[each.path] != 1]
        # A function, because variables in an attribute would count as the optimizer's own.
        self._slowed: Callable[[], list[Any]] = lambda: slowed

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        # Afterwards, and not within Adam's own step, which is another function on each backend.
        before = [ops.copy(variable) for variable in self._slowed()]
        super().apply(grads, trainable_variables)
        for variable, old in zip(self._slowed(), before, strict=True):
            variable.assign(old + self._shares[variable.path] * (variable - old))
