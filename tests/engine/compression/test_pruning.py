"""Pruned weights: how many there are, and that they stay 0 in every step."""

from typing import get_args

import keras
import numpy as np
import pytest

from mnist_core.config.schema import Optimizer, TrainConfig
from mnist_core.engine.backends.table import executor_of
from mnist_core.engine.compression.kernels import kernels
from mnist_core.engine.compression.pruning import keeping_zeros, prune
from mnist_core.engine.networks.build import build
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph

LEVELS = (0.0, 0.5, 0.8, 0.95)


def _zeros(network: keras.Model) -> float:
    values = [keras.ops.convert_to_numpy(each) for each in kernels(network)]
    return sum(int((each == 0).sum()) for each in values) / sum(each.size for each in values)


def test_each_level_has_its_share_of_zeros() -> None:
    """One level after the other: what was pruned stays pruned. Biases, norms and the last layers have no zeros."""
    network = build(TrainConfig(architecture="tiny", outliers=1))
    others = [each for each in network.weights if all(each is not kernel for kernel in kernels(network))]
    before = [each.numpy() for each in others]
    pruned = np.zeros(0)
    for level in LEVELS:
        prune(network, level)
        assert _zeros(network) == pytest.approx(level, abs=1e-3)
        zero = np.concatenate([each.numpy().ravel() == 0 for each in kernels(network)])
        assert zero[: len(pruned)][pruned == 1].all()
        pruned = zero
    for value, variable in zip(before, others, strict=True):
        np.testing.assert_array_equal(value, variable.numpy())
    assert {each.shape[-1] for each in others if len(each.shape) > 1} == {10, 1}


def test_the_smallest_of_a_kernel_go_first() -> None:
    """And no kernel loses all of its weights, whatever its scale is."""
    network = build(TrainConfig(architecture="mlp"))
    (kernel,) = kernels(network)
    kernel.assign(kernel * 1e-6)
    values = np.abs(kernel.numpy())
    prune(network, 0.9)
    assert values[kernel.numpy() == 0].max() <= values[kernel.numpy() != 0].min()
    small, large = build(TrainConfig(architecture="tiny")), build(TrainConfig(architecture="tiny"))
    kernels(small)[2].assign(kernels(small)[2] * 1e-6)
    for (_small, one), (_large, other) in zip(prune(small, 0.9), prune(large, 0.9), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.any()


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_the_masks_hold_in_every_step(optimizer: str) -> None:
    """Momentum and weight decay would move a weight whose gradient is 0. The others do move."""
    config = TrainConfig(architecture="tiny", optimizer=optimizer, weight_decay=0.1)
    network = build(config)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (64, 28, 28), dtype=np.uint8)
    graph = training_graph(network, images, config, seed=0)
    targets = np.eye(10, dtype=np.float32)[np.arange(64) % 10]
    batches, rates = random.integers(0, 64, (4, 16)).astype(np.int32), np.full(4, 0.01, np.float32)
    masks = prune(network, 0.8)
    compile_graph(graph, keeping_zeros(make_optimizer(config), masks))
    graph.optimizer.build(graph.trainable_variables)
    before = [each.numpy() for each in kernels(network)]
    executor_of(graph, targets).train(batches, rates)
    for value, (kernel, mask) in zip(before, masks, strict=True):
        np.testing.assert_array_equal(kernel.numpy()[mask == 0], 0)
        assert (kernel.numpy() != value)[mask == 1].mean() > 0.9
    assert _zeros(network) == pytest.approx(0.8, abs=1e-3)
