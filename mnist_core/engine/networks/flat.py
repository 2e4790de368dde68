"""A network that contains networks → the same layers in one network."""

from typing import Any, TypeAlias

import keras

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def flat(network: keras.Model) -> keras.Model:
    """The same network without networks inside it: what looks at its layers then sees all of them."""
    if not any(isinstance(each, keras.Model) for each in network.layers):
        return network
    if isinstance(network, keras.Sequential):
        network = keras.Model(network.inputs[0], network.outputs[0], name=network.name)
    taken = {each.name for each in network.operations}

    def call(layer: keras.layers.Layer, *arguments: Any, **options: Any) -> Tensor:
        if not isinstance(layer, keras.Model):
            return layer(*arguments, **options)
        inner = flat(layer)
        for each in inner.layers:
            each.name = _free(each.name, taken)
        return inner.call(*arguments)

    unfolded = keras.models.clone_model(network, clone_function=lambda layer: layer, call_function=call)
    # Each layer has also been called in the network where it was. The copy has only the calls that count.
    copy = keras.Model.from_config(unfolded.get_config())
    copy.set_weights(unfolded.get_weights())
    return copy


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number if it is taken, which is taken from then on."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
