"""The networks. Each takes (N, 28, 28) uint8 as it is and gives logits (N, 10): scaling is its first layer."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
from keras import layers, regularizers

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.averaging import ensemble

MEAN, DEVIATION = 0.1307, 0.3081
"""Of MNIST's training pixels, on the scale 0…1."""

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def build(config: TrainConfig) -> keras.Model:
    """The network that `config` asks for, or the ensemble of several; its weights are drawn with `config.seed`."""
    keras.utils.set_random_seed(config.seed)
    with_dtype = keras.dtype_policies.DTypePolicy(config.precision)
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Rescaling(1 / (255 * DEVIATION), offset=-MEAN / DEVIATION, dtype=with_dtype, name="normalize")(inputs)
    x = layers.Reshape((28, 28, 1), name="add_channel")(x)
    parts = _Parts(config, with_dtype)
    logits = [parts.logits(_BODIES[config.architecture](x, parts)) for _ in range(config.ensemble_size)]
    if len(logits) > 1:
        return ensemble(inputs, logits, config.architecture)
    return keras.Model(inputs, logits[0], name=config.architecture)


class _Parts:
    """Layers with the activation, initialiser, penalty and precision that were asked for."""

    def __init__(self, config: TrainConfig, dtype: keras.dtype_policies.DTypePolicy) -> None:
        self.config = config
        self.dtype = dtype

    @property
    def _weights(self) -> dict[str, object]:
        penalty = regularizers.L1L2(self.config.l1, self.config.l2) if self.config.l1 or self.config.l2 else None
        return {"kernel_initializer": self.config.initializer, "kernel_regularizer": penalty, "dtype": self.dtype}

    def activation(self) -> layers.Layer:
        return layers.Activation(self.config.activation, dtype=self.dtype)

    def conv(self, x: Tensor, filters: int, size: int, *, padding: str = "same") -> Tensor:
        """Convolution, activation."""
        return self.activation()(layers.Conv2D(filters, size, padding=padding, **self._weights)(x))

    def conv_norm(self, x: Tensor, filters: int, size: int, *, padding: str = "same", pool: bool = False) -> Tensor:
        """Convolution, pooling if wanted, batch normalisation, activation."""
        x = layers.Conv2D(filters, size, padding=padding, use_bias=False, **self._weights)(x)
        x = self.pool(x) if pool else x
        return self.activation()(layers.BatchNormalization(momentum=0.9, dtype=self.dtype)(x))

    def dense(self, x: Tensor, units: int) -> Tensor:
        return self.activation()(layers.Dense(units, **self._weights)(x))

    def logits(self, x: Tensor) -> Tensor:
        # In float32 whatever the precision of the rest: a softmax over rounded logits loses the small ones.
        name = "logits" if self.config.ensemble_size == 1 else None
        return layers.Dense(10, dtype="float32", name=name, kernel_initializer=self.config.initializer)(x)

    def pool(self, x: Tensor) -> Tensor:
        return layers.MaxPooling2D(2, dtype=self.dtype)(x)

    def dropout(self, x: Tensor) -> Tensor:
        return layers.Dropout(self.config.dropout, dtype=self.dtype)(x) if self.config.dropout else x


def _mlp(x: Tensor, parts: _Parts) -> Tensor:
    """The articles' own: Flatten, Dense 512."""
    return parts.dropout(parts.dense(layers.Flatten()(x), 512))


def _lenet(x: Tensor, parts: _Parts) -> Tensor:
    """LeNet-5 (LeCun et al. 1998): 6@5×5, 16@5×5, 120, 84."""
    x = parts.pool(parts.conv(x, 6, 5))
    x = parts.pool(parts.conv(x, 16, 5, padding="valid"))
    x = parts.dense(layers.Flatten()(x), 120)
    return parts.dropout(parts.dense(x, 84))


def _cnn(x: Tensor, parts: _Parts) -> Tensor:
    """Four normalised convolutions; pooling comes before the rest of its stage, where it saves work."""
    x = parts.conv_norm(x, 32, 5, padding="valid", pool=True)  # 28 → 24 → 12
    x = parts.conv_norm(x, 64, 3)
    x = parts.dropout(parts.conv_norm(x, 64, 3, pool=True))  # 6
    x = parts.conv_norm(x, 128, 3, padding="valid")  # 4
    return parts.dropout(layers.Flatten()(x))


def _deep(x: Tensor, parts: _Parts) -> Tensor:
    """The cnn with one more convolution in each of its two later stages."""
    x = parts.conv_norm(x, 32, 5, padding="valid", pool=True)  # 28 → 24 → 12
    x = parts.conv_norm(x, 64, 3)
    x = parts.conv_norm(x, 64, 3)
    x = parts.dropout(parts.conv_norm(x, 64, 3, pool=True))  # 6
    x = parts.conv_norm(x, 128, 3)
    x = parts.conv_norm(x, 128, 3, padding="valid")  # 4
    return parts.dropout(layers.Flatten()(x))


def _fast(x: Tensor, parts: _Parts) -> Tensor:
    """Most for its time: four pixels become one with four channels, so that no step has many places or few channels."""
    x = layers.Reshape((14, 2, 14, 2))(x)
    x = layers.Reshape((14, 14, 4))(layers.Permute((1, 3, 2, 4))(x))
    x = parts.conv_norm(x, 32, 3, padding="valid", pool=True)  # 14 → 12 → 6
    x = parts.conv_norm(x, 64, 3, padding="valid")  # 4
    x = parts.conv_norm(x, 64, 3, padding="valid")  # 2
    return parts.dropout(layers.Flatten()(x))


def _tiny(x: Tensor, parts: _Parts) -> Tensor:
    """Under 10,000 parameters: few channels, and the mean over all places instead of a dense layer."""
    x = parts.conv_norm(x, 8, 3, padding="valid")  # 26
    x = parts.conv_norm(x, 16, 3, padding="valid", pool=True)  # 24 → 12
    x = parts.conv_norm(x, 16, 3)
    x = parts.conv_norm(x, 16, 3, pool=True)  # 6
    x = parts.conv_norm(x, 20, 3)
    return parts.dropout(layers.GlobalAveragePooling2D()(x))


_BODIES: dict[str, Callable[[Tensor, _Parts], Tensor]] = {
    "mlp": _mlp,
    "lenet": _lenet,
    "fast": _fast,
    "tiny": _tiny,
    "cnn": _cnn,
    "deep": _deep,
}
