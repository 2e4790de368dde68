"""A network cut in two, for every architecture, alone and in an ensemble."""

import keras
import numpy as np
import pytest

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.fine_tuning.trainable_layers import freeze
from mnist_core.engine.networks.averaging import member_logits
from mnist_core.engine.networks.build import build
from mnist_core.engine.networks.cutting import cut


def logits_of(architecture: str, trainable: str = "last-half", members: int = 1) -> keras.Model:
    """What is trained of an untrained network that has dropout and learns from outliers."""
    network = build(
        TrainConfig.checked(architecture=architecture, dropout=0.5, outliers=1, ensemble_size=members, seed=3)
    )
    freeze(network, trainable)
    return member_logits(network)


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("architecture", [each for each in ARCHITECTURES if each != "lstm"])
def test_the_two_parts_are_the_network(architecture: str, members: int) -> None:
    """One after the other they give its logits, and the first part does the same in training."""
    images = synthetic.generate(6, seed=1)[0]
    network = logits_of(architecture, members=members)
    parts = cut(network)
    assert parts is not None
    frozen, learning = parts
    assert not frozen.trainable_weights
    assert [id(each) for each in learning.trainable_weights] == [id(each) for each in network.trainable_weights]
    features = frozen(images)
    np.testing.assert_allclose(learning(features), network(images), atol=1e-5)
    for one, other in zip(*map(keras.tree.flatten, (features, frozen(images, training=True))), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_changes_at_random_is_not_frozen() -> None:
    """The dropout between the convolutions goes on in training."""
    parts = cut(logits_of("cnn", "head"))
    assert parts is not None
    frozen, learning = parts
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in frozen.layers)
    features = frozen(synthetic.generate(6, seed=1)[0])
    assert (np.asarray(learning(features, training=True)) != np.asarray(learning(features))).any()


def test_a_recurrent_cell_might_change_something_at_random() -> None:
    """It has a random generator for a dropout of its own, even if that is 0. So it is left in the part that learns."""
    assert cut(logits_of("lstm")) is None


def test_without_a_frozen_layer_there_is_no_cut() -> None:
    """Scaling and reshaping alone are not worth it."""
    assert cut(logits_of("lenet", "everything")) is None


def test_other_people_s_networks_may_not_be_cut() -> None:
    """A `Sequential`, and one with a layer that is called twice: they learn as a whole."""
    layers = keras.layers
    frozen = layers.Dense(10, trainable=False)
    sequential = keras.Sequential([keras.Input((28, 28), dtype="uint8"), layers.Flatten(), frozen, layers.Dense(10)])
    assert cut(sequential) is None
    image = keras.Input((28, 28), dtype="uint8")
    first = layers.Dense(784, trainable=False)
    twice = first(layers.ReLU()(first(layers.Flatten()(layers.Rescaling(1 / 255)(image)))))
    assert cut(keras.Model(image, layers.Dense(10)(twice))) is None
