"""What the bodies of networks are made of."""

from typing import Any, TypeAlias

import keras
from keras import layers, regularizers

from mnist_core.config.schema import TrainConfig

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


class Parts:
    """Layers with the activation, initialiser, penalty and precision that were asked for."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.dtype = keras.dtype_policies.DTypePolicy(config.precision)

    @property
    def weights(self) -> dict[str, object]:
        """The options of every layer that has a kernel."""
        penalty = regularizers.L1L2(self.config.l1, self.config.l2) if self.config.l1 or self.config.l2 else None
        return {"kernel_initializer": self.config.initializer, "kernel_regularizer": penalty, "dtype": self.dtype}

    def activation(self) -> layers.Layer:
        return layers.Activation(self.config.activation, dtype=self.dtype)

    def conv(self, x: Tensor, filters: int, size: int, *, padding: str = "same") -> Tensor:
        """Convolution, activation."""
        return self.activation()(layers.Conv2D(filters, size, padding=padding, **self.weights)(x))

    def conv_norm(self, x: Tensor, filters: int, size: int, *, padding: str = "same", pool: bool = False) -> Tensor:
        """Convolution, pooling if wanted, batch normalisation, activation."""
        x = layers.Conv2D(filters, size, padding=padding, use_bias=False, **self.weights)(x)
        x = self.pool(x) if pool else x
        return self.activation()(self.norm(x))

    def norm(self, x: Tensor) -> Tensor:
        """Batch normalisation."""
        return layers.BatchNormalization(momentum=0.9, dtype=self.dtype)(x)

    def dense(self, x: Tensor, units: int) -> Tensor:
        return self.activation()(layers.Dense(units, **self.weights)(x))

    def logits(self, x: Tensor) -> Tensor:
        # In float32 whatever the precision of the rest: a softmax over rounded logits loses the small ones.
        name = "logits" if self.config.ensemble_size == 1 else None
        return layers.Dense(10, dtype="float32", name=name, kernel_initializer=self.config.initializer)(x)

    def pool(self, x: Tensor) -> Tensor:
        return layers.MaxPooling2D(2, dtype=self.dtype)(x)

    def dropout(self, x: Tensor) -> Tensor:
        return layers.Dropout(self.config.dropout, dtype=self.dtype)(x) if self.config.dropout else x
