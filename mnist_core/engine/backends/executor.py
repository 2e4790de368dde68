"""What runs a training graph: many training steps in one call, and the prediction of a batch.

A small network's step takes less time than the call from Python does, so one call takes all steps between two checks
for requests.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.networks.averaging import mean_over_members

MOST_STEPS = 128
"""Steps in one call. JAX compiles its loop for exactly this many and leaves it early."""
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
    """Trains and predicts by index. Batches of a training have one size in every call."""

    any_size: bool
    """Whether `predict` takes batches of any size; otherwise the graph is compiled anew for each size."""

    def set_targets(self, targets: Floats) -> None:
        """Let the images have these targets, (N, K), from now on: as many as before."""
        ...

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

        Averaged weights need it (Izmailov et al. 2018): the statistics of other weights fit them so badly that
        they can predict no better than chance.
        """
        ...


def predict_all(executor: Executor, indices: npt.NDArray[np.integer]) -> Floats:
    """(N,) indices → the digits' logits (N, 10), whatever N is."""
    # The last batch is filled up, so that it has the size of the others.
    size = len(indices) if executor.any_size else -(-len(indices) // PREDICT_BATCH) * PREDICT_BATCH
    filled = np.resize(indices, size).astype(np.int32)
    logits = [executor.predict(filled[first : first + PREDICT_BATCH]) for first in range(0, size, PREDICT_BATCH)]
    joined: Floats = mean_over_members(np.concatenate(logits))[: len(indices), :10]
    return joined


def accuracy(targets: Tensor, logits: Tensor) -> Tensor:
    """The share of a batch whose most probable class is that of its target. A teacher's logits may follow."""
    digits = ops.argmax(mean_over_members(logits)[:, : targets.shape[-1]], axis=-1)
    return ops.mean(ops.cast(ops.argmax(targets, axis=-1) == digits, "float32"))
