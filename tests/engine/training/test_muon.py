"""The optimizer that most presets use."""

import keras
import numpy as np
import pytest

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.training.graph import make_optimizer
from mnist_core.engine.training.muon import STEP

RATE = 0.01


def one_step(shape: tuple[int, ...], weight_decay: float = 0.0) -> np.ndarray:
    """How a variable of zeros, or of ones where they decay, is changed by one very uneven gradient."""
    config = TrainConfig(optimizer="muon", learning_rate=RATE, momentum=0.6, weight_decay=weight_decay)
    optimizer = make_optimizer(config)
    start = np.full(shape, float(bool(weight_decay)), np.float32)
    variable = keras.Variable(start)
    gradient = np.random.default_rng(0).normal(size=shape) * np.logspace(-1, 0, shape[-1])
    optimizer.apply([keras.ops.convert_to_tensor(gradient.astype(np.float32))], [variable])
    return keras.ops.convert_to_numpy(variable) - start


@pytest.mark.parametrize("shape", [(24, 16), (16, 24), (3, 3, 8, 16)])
def test_a_matrix_goes_as_far_in_every_direction(shape: tuple[int, ...]) -> None:
    """Filters are flattened to one, and the weights move by `STEP` learning rates, whatever the matrix' size."""
    change = one_step(shape)
    singular = np.linalg.svd(change.reshape(-1, shape[-1]), compute_uv=False)
    assert singular.max() < 2 * singular.min()  # those of the gradient are ten times apart or more
    assert np.sqrt(np.mean(change**2)) == pytest.approx(STEP * RATE, rel=0.2)


@pytest.mark.parametrize("shape", [(16,), (24, 10), (300, 400)])
def test_biases_logits_and_large_matrices_learn_by_adam(shape: tuple[int, ...]) -> None:
    """Adam's first step is one learning rate for every weight, however small its gradient."""
    assert np.median(np.abs(one_step(shape))) == pytest.approx(RATE, rel=0.01)


def test_the_others_go_on_as_adam_does() -> None:
    """Over several steps with different gradients, by Keras' own Adam."""
    config = TrainConfig(optimizer="muon", learning_rate=RATE, weight_decay=0.0)
    ours, keras_own = make_optimizer(config), keras.optimizers.Adam(RATE)
    mine, theirs = keras.Variable(np.zeros(16, np.float32)), keras.Variable(np.zeros(16, np.float32))
    random = np.random.default_rng(0)
    for _ in range(4):
        gradient = keras.ops.convert_to_tensor(random.normal(size=16).astype(np.float32))
        ours.apply([gradient], [mine])
        keras_own.apply([gradient], [theirs])
    np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4)


@pytest.mark.parametrize("shape", [(16,), (24, 10), (24, 16)])
def test_weights_decay_alike(shape: tuple[int, ...]) -> None:
    """By learning rate × weight decay, whichever way a weight learns."""
    np.testing.assert_allclose(one_step(shape, 0.5) - one_step(shape), -RATE * 0.5, atol=1e-6)
