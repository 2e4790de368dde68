"""Magnitude pruning: the smallest weights become 0 and stay 0 in every step of the training that follows.

Magnitudes of different layers cannot be compared, because each layer has a scale of its own. So the score of a weight
is its square, relative to the squares of its kernel that are not smaller (LAMP, Lee et al. 2021). No kernel loses all
of its weights.
"""

from typing import Any, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.compression.kernels import kernels

Masks: TypeAlias = list[tuple[Any, npt.NDArray[np.float32]]]
"""Each kernel, with 1 where a weight stays and 0 where it is pruned, in the kernel's shape."""
Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def prune(network: keras.Model, sparsity: float) -> Masks:
    """Set this share of the weights in the kernels to 0, the least important first."""
    variables = kernels(network)
    values = [ops.convert_to_numpy(each) for each in variables]
    scores = np.concatenate([_scores(each) for each in values] or [np.zeros(0)])
    stays = np.ones(len(scores), np.float32)
    stays[np.argsort(scores, kind="stable")[: round(sparsity * len(scores))]] = 0
    ends = np.cumsum([each.size for each in values])[:-1]
    masks: Masks = []
    for variable, value, flat in zip(variables, values, np.split(stays, ends) if values else [], strict=True):
        mask = flat.reshape(value.shape)
        variable.assign(value * mask)
        masks.append((variable, mask))
    return masks


def _scores(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(any shape) → (size,) scores between 0 and 1; the largest weight has 1."""
    squares = np.square(kernel.ravel().astype(np.float64))
    order = np.argsort(squares)
    not_smaller = np.cumsum(squares[order][::-1])[::-1]
    scores = np.empty_like(squares)
    scores[order] = squares[order] / np.maximum(not_smaller, np.finfo(np.float64).tiny)
    return scores


def keeping_zeros(optimizer: keras.optimizers.Optimizer, masks: Masks) -> keras.optimizers.Optimizer:
    """The same optimizer, whose steps leave pruned weights at 0.

    Momentum and weight decay move weights whose gradient is 0 as well, so the masks apply to the weights themselves.
    """
    base: Any = type(optimizer)

    class KeepingZeros(base):  # type: ignore[misc] # a base that is chosen at run time
        def apply(self, grads: list[Tensor], trainable_variables: list[Any] | None = None) -> None:
            super().apply(grads, trainable_variables)
            for variable, mask in masks:
                variable.assign(variable * mask)

    KeepingZeros.__name__ = base.__name__
    optimizer.__class__ = KeepingZeros
    return optimizer
