"""A network inside a network becomes part of it."""

import keras
import numpy as np

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.averaging import divide_logits
from mnist_core.engine.networks.build import build
from mnist_core.engine.networks.flat import flat

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)


def test_the_outputs_stay_the_same() -> None:
    """However deep it is, and if a layer outside has the name of one inside."""
    inner = build(TrainConfig(architecture="fast"))
    image = keras.Input((28, 28), dtype="uint8")
    same = keras.layers.Reshape((28, 28), dtype="uint8", name=inner.layers[1].name)(image)
    middle = keras.Model(image, inner(same))
    other = keras.Input((28, 28), dtype="uint8")
    unfolded = flat(outer := keras.Model(other, middle(other)))
    assert not any(isinstance(each, keras.Model) for each in unfolded.layers)
    before = np.asarray(outer(IMAGES))
    np.testing.assert_allclose(np.asarray(unfolded(IMAGES)), before, atol=1e-5)
    divide_logits(unfolded, 2.0)
    np.testing.assert_allclose(np.asarray(unfolded(IMAGES)), before / 2, atol=1e-5)
    np.testing.assert_allclose(np.asarray(outer(IMAGES)), before, atol=1e-5)


def test_a_sequential_network_is_unfolded_as_well() -> None:
    hidden = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(8)])
    network = keras.Sequential([keras.Input((28, 28)), hidden, keras.layers.Dense(10)])
    unfolded = flat(network)
    assert [type(each).__name__ for each in unfolded.layers] == ["InputLayer", "Flatten", "Dense", "Dense"]
    images = IMAGES.astype(np.float32) / 255
    np.testing.assert_allclose(np.asarray(unfolded(images)), np.asarray(network(images)), atol=1e-5)


def test_a_flat_network_stays_itself() -> None:
    network = build(TrainConfig(architecture="tiny"))
    assert flat(network) is network
