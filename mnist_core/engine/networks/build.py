"""Build the network that a config asks for: scaling, the architecture's body, the outputs.

An architecture is a module of this package, named as in `mnist_core.config.architectures`, with one function:
`body(x, parts)` takes (N, 28, 28, 1) scaled pixels and returns (N, features), out of layers that `parts` makes or
that get `parts.dtype`. It uses Keras' built-in layers only, so that a saved model opens anywhere, and none that belongs
to one backend.
"""

from importlib import import_module

import keras
from keras import layers

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.averaging import as_network, ensemble
from mnist_core.engine.networks.parts import Parts

MEAN, DEVIATION = 0.1307, 0.3081
"""Of MNIST's training pixels, on the scale 0…1."""


def build(config: TrainConfig) -> keras.Model:
    """The network that `config` asks for, or the ensemble of several; its weights are drawn with `config.seed`.

    It takes (N, 28, 28) uint8 and returns logits (N, 10) float32. If it learns from outliers, its second output is a
    score (N,) float32: the logit of the probability that the image is a digit.
    """
    keras.utils.set_random_seed(config.seed)
    parts = Parts(config)
    body = import_module(f"{__package__}.{config.architecture}").body
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Rescaling(1 / (255 * DEVIATION), offset=-MEAN / DEVIATION, dtype=parts.dtype, name="normalize")(inputs)
    x = layers.Reshape((28, 28, 1), name="add_channel")(x)
    members = [parts.outputs(body(x, parts)) for _ in range(config.ensemble_size)]
    if len(members) > 1:
        return ensemble(inputs, members, config.architecture)
    return as_network(inputs, members[0], config.architecture)
