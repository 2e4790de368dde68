"""Two thin layers in place of one."""

import math

import keras
import numpy as np
import pytest

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.compression.low_rank import FEWEST, factorize, ranks, replaced, split
from mnist_core.engine.export.onnx import keras_outputs
from mnist_core.engine.networks.averaging import heads
from mnist_core.engine.networks.build import build

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 28, 28), dtype=np.uint8)


@pytest.mark.parametrize("architecture", ["fast", "mlp", "lenet"])
def test_with_all_ranks_the_outputs_are_the_same(architecture: str) -> None:
    """Of each layer that can be divided, whatever its padding and its bias are."""
    network = build(TrainConfig(architecture=architecture, outliers=1))
    divided = [each for each in network.layers if isinstance(each, keras.layers.Conv2D | keras.layers.Dense)]
    pairs = {each.name: split(each, min(math.prod(each.kernel.shape[:-1]), each.kernel.shape[-1])) for each in divided}
    same = replaced(network, pairs)
    before, after = keras_outputs(network, IMAGES), keras_outputs(same, IMAGES)
    np.testing.assert_allclose(before.logits, after.logits, atol=1e-3)
    np.testing.assert_allclose(before.digit_scores, after.digit_scores, atol=1e-3)
    assert heads(same) == 2


def test_a_lower_rank_has_fewer_parameters() -> None:
    """Each pair has at most the share that was asked for; small layers and the last ones stay as they are."""
    network = build(TrainConfig(architecture="fast"))
    thin = factorize(network, 0.5)
    for layer in network.layers:
        if (size := math.prod(getattr(layer, "kernel", np.zeros(0)).shape)) < FEWEST:
            continue
        first, second = thin.get_layer(f"{layer.name}_thin"), thin.get_layer(layer.name)
        assert 0.4 * size < math.prod(first.kernel.shape) + math.prod(second.kernel.shape) <= 0.5 * size
    assert thin.get_layer("logits").kernel.shape == network.get_layer("logits").kernel.shape
    assert thin.count_params() < 0.6 * network.count_params()
    assert thin.output_shape == network.output_shape


def test_a_network_of_small_layers_stays() -> None:
    """There is nothing to save."""
    assert not ranks(build(TrainConfig(architecture="tiny")), 0.5)


def test_a_sequential_network_is_divided_as_well() -> None:
    """An imported one may be sequential."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)]
    network = keras.Sequential([keras.Input((28, 28)), *layers])
    thin = factorize(network, 0.5)
    assert thin(IMAGES.astype(np.float32)).shape == (16, 10)
    assert thin.get_layer(layers[1].name).activation is keras.activations.relu
