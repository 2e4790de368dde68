"""What the bodies of networks are made of; test_contracts.py builds every architecture, in every precision."""

import keras
import numpy as np

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.parts import Parts


def test_gelu_is_the_tanh_form() -> None:
    """Made of layers that every runtime has, it gives what Keras' own tanh form gives."""
    inputs = keras.Input((101,))
    model = keras.Model(inputs, Parts(TrainConfig(activation="gelu")).activate(inputs))
    x = np.linspace(-6, 6, 101, dtype=np.float32)[None]
    expected = keras.activations.gelu(x, approximate=True)
    np.testing.assert_allclose(model(x), keras.ops.convert_to_numpy(expected), atol=1e-6)
