"""What the backend compiles of a training graph: many training steps in one call, and the reading of a batch.

A small network's step takes less time than asking for it from Python does, so the steps between two looks at the
world outside are asked for together. TensorFlow, and JAX on a GPU, have a way to compile such a loop;
any other backend takes the steps one by one, through Keras. All do the same.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.networks.averaging import mean_over_members

MOST_STEPS = 128
"""Steps in one call. JAX compiles its loop for just this many, and leaves it early."""
PREDICT_BATCH = 250

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Figures:
    """What each of the K steps saw of its batch, before it changed the weights: two (K,) arrays."""

    loss: Floats
    accuracy: Floats


class Executor(Protocol):
    """Trains and reads by index. Batches have one size in every call, for which the graph is compiled once."""

    def train(self, indices: Indices, rates: Floats) -> Figures:
        """Take K ≤ `MOST_STEPS` steps: batch k is `indices[k]`, its learning rate `rates[k]`.

        Args:
            indices: (K, B).
            rates: (K,).
        """
        ...

    def predict(self, indices: Indices) -> Floats:
        """(B,) indices → the graph's logits by the present weights, of the images as they are."""
        ...

    def settle(self, indices: Indices) -> None:
        """Let the normalisation's statistics follow the present weights: (K, B) images pass as in training.

        Averaged weights need it (Izmailov et al. 2018): what was measured of other weights fits them so badly that
        they can read no better than chance.
        """
        ...


def executor_of(graph: keras.Model, targets: Floats) -> Executor:
    """The fastest way to run `graph`, a compiled training graph, that the present backend has.

    Args:
        targets: (N, 10) distributions by the graph's indices: one-hot, or what another model answered.
    """
    match keras.backend.backend():
        case "tensorflow":
            from mnist_core.engine.backends.on_tensorflow import OnTensorFlow

            return OnTensorFlow(graph, targets)
        case "jax":
            from mnist_core.engine.backends.on_jax import OnJax

            return OnJax(graph, targets)
        case _:
            return _PlainKeras(graph, targets)


def predict_all(executor: Executor, indices: npt.NDArray[np.integer]) -> Floats:
    """(N,) indices → logits (N, 10), whatever N is."""
    # The last batch is filled up, so that it has the size of the others.
    filled = np.resize(indices, -(-len(indices) // PREDICT_BATCH) * PREDICT_BATCH).astype(np.int32)
    logits = [executor.predict(batch) for batch in filled.reshape(-1, PREDICT_BATCH)]
    joined: Floats = mean_over_members(np.concatenate(logits))[: len(indices)]
    return joined


def accuracy(targets: Tensor, logits: Tensor) -> Tensor:
    """The share of a batch whose most probable digit is that of its target."""
    digits = ops.argmax(mean_over_members(logits), axis=-1)
    return ops.mean(ops.cast(ops.argmax(targets, axis=-1) == digits, "float32"))


class _PlainKeras:
    """Step by step, by Keras' own `train_on_batch`."""

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        self._graph, self._targets = graph, targets

    def train(self, indices: Indices, rates: Floats) -> Figures:
        logs = [self._step(batch, rate) for batch, rate in zip(indices, rates, strict=True)]
        return Figures(*(np.array([log[name] for log in logs], np.float32) for name in ("loss", "accuracy")))

    def _step(self, batch: Indices, rate: float) -> dict[str, float]:
        self._graph.optimizer.learning_rate = rate
        self._graph.reset_metrics()
        logs: dict[str, float] = self._graph.train_on_batch(batch, self._targets[batch], return_dict=True)
        return logs

    def predict(self, indices: Indices) -> Floats:
        logits: Floats = self._graph.predict_on_batch(indices)
        return logits

    def settle(self, indices: Indices) -> None:
        for batch in indices:
            self._graph(batch, training=True)
