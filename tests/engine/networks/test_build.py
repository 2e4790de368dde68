"""Every architecture builds, in every precision."""

from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from mnist_core.engine.networks.parts import Parts


@pytest.mark.parametrize("architecture", ["mlp", "lenet", "cnn"])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_networks_take_images_and_give_logits(architecture: Any, precision: Any) -> None:
    """(N, 28, 28) uint8 → (N, 10) float32, whatever the precision inside; the same seed, the same weights."""
    config = TrainConfig(architecture=architecture, precision=precision, seed=5)
    network = build(config)
    assert network.input_shape == (None, 28, 28)
    assert network.output_shape == (None, 10)
    logits = network(np.zeros((2, 28, 28), np.uint8))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    again = build(config)
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_gelu_is_the_tanh_form() -> None:
    """Made of layers that every runtime has, it gives what Keras' own tanh form gives."""
    inputs = keras.Input((101,))
    model = keras.Model(inputs, Parts(TrainConfig(activation="gelu")).activate(inputs))
    x = np.linspace(-6, 6, 101, dtype=np.float32)[None]
    expected = keras.activations.gelu(x, approximate=True)
    np.testing.assert_allclose(model(x), keras.ops.convert_to_numpy(expected), atol=1e-6)
