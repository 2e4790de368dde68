"""Cutting a network in two: the part that cannot change, and the part that learns.

What the first part makes of an image is always the same. It can be computed once and kept.
"""

from typing import Any, TypeAlias

import keras

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def cut(network: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Cut where the first layers that learn, or change something at random, begin.

    Args:
        network: one with one input and one output.

    Returns:
        The frozen part (input → features, a list if there are several) and the rest (features → output). They share
        their layers with `network`. None if the frozen part has no weights, so that nothing would be gained, or if the
        network cannot be cut: a `Sequential`, or one that calls a layer twice.
    """
    if isinstance(network, keras.Sequential):
        return None
    constant, features = _frozen(network)
    if not features or not any(operation.weights for operation in constant if isinstance(operation, keras.Layer)):
        return None
    found = features if len(features) > 1 else features[0]  # a list of one would make the first part return lists
    try:
        return keras.Model(network.inputs[0], found), keras.Model(found, network.outputs[0])
    except ValueError:  # the parts are not connected, because only the first call of each layer was followed
        return None


def _frozen(network: keras.Model) -> tuple[list[keras.Operation], list[Tensor]]:
    """The operations whose results are the same in every step, and those of their results that other ones read."""
    constant: list[keras.Operation] = []
    known = {id(tensor) for tensor in network.inputs}
    features: dict[int, Tensor] = {}
    for operation in network.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        inputs = keras.tree.flatten(operation.input)
        if _is_constant(operation) and all(id(tensor) in known for tensor in inputs):
            constant.append(operation)
            known |= {id(tensor) for tensor in keras.tree.flatten(operation.output)}
        else:
            features |= {id(tensor): tensor for tensor in inputs if id(tensor) in known}
    return constant, list(features.values())


def _is_constant(operation: keras.Operation) -> bool:
    """Whether it gives the same result for the same input, in training as well."""
    if not isinstance(operation, keras.Layer):
        return True
    at_random = len(operation.variables) > len(operation.weights)  # only `variables` has random generators' states
    return not operation.trainable_weights and not at_random
