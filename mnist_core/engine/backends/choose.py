"""The table of executors: backend → what runs a training graph there fastest. Any other backend goes by Keras."""

from importlib import import_module

import keras

from mnist_core.engine.backends.executor import Executor, Floats
from mnist_core.engine.backends.on_keras import OnKeras

EXECUTORS = {
    "tensorflow": "mnist_core.engine.backends.on_tensorflow:OnTensorFlow",
    "jax": "mnist_core.engine.backends.on_jax:OnJax",
}
"""Backend → "module:class". They are named, not imported: each imports its backend."""


def executor_of(graph: keras.Model, targets: Floats) -> Executor:
    """What runs `graph`, a compiled training graph, on the present backend.

    Args:
        targets: (N, 10) distributions by the graph's indices: one-hot, or what another model predicted.
    """
    if (named := EXECUTORS.get(keras.backend.backend())) is None:
        return OnKeras(graph, targets)
    module, name = named.split(":")
    found: Executor = getattr(import_module(module), name)(graph, targets)
    return found
