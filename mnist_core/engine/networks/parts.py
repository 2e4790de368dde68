"""What the bodies of networks are made of."""

import math
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

    def activate(self, x: Tensor) -> Tensor:
        """The activation that was asked for."""
        if self.config.activation == "gelu":
            return self._tanh_gelu(x)
        return layers.Activation(self.config.activation, dtype=self.dtype)(x)

    def _tanh_gelu(self, x: Tensor) -> Tensor:
        """GELU in its tanh form (Hendrycks and Gimpel 2016): x · (1 + tanh z) / 2, which is x · sigmoid(2 z).

        Keras' own "gelu" is the exact form, which exports to an operator that ONNX Runtime lacks.
        """
        cubed = layers.Multiply(dtype=self.dtype)([x, x, x])
        inner = layers.Add(dtype=self.dtype)([x, layers.Rescaling(0.044715, dtype=self.dtype)(cubed)])
        scaled = layers.Rescaling(2 * math.sqrt(2 / math.pi), dtype=self.dtype)(inner)
        return layers.Multiply(dtype=self.dtype)([x, layers.Activation("sigmoid", dtype=self.dtype)(scaled)])

    def conv(self, x: Tensor, filters: int, size: int, *, padding: str = "same") -> Tensor:
        """Convolution, activation."""
        return self.activate(layers.Conv2D(filters, size, padding=padding, **self.weights)(x))

    def conv_norm(self, x: Tensor, filters: int, size: int, *, padding: str = "same", pool: bool = False) -> Tensor:
        """Convolution, pooling if wanted, batch normalisation, activation."""
        x = layers.Conv2D(filters, size, padding=padding, use_bias=False, **self.weights)(x)
        x = self.pool(x) if pool else x
        return self.activate(self.norm(x))

    def norm(self, x: Tensor) -> Tensor:
        """Batch normalisation."""
        return layers.BatchNormalization(momentum=0.9, dtype=self.dtype)(x)

    def dense(self, x: Tensor, units: int) -> Tensor:
        return self.activate(layers.Dense(units, **self.weights)(x))

    def outputs(self, x: Tensor) -> list[Tensor]:
        """Logits (N, 10) and, if there are outliers to learn, a score (N,)."""
        logits = self._output(x, 10, "logits")
        if not self.config.learns_outliers:
            return [logits]
        return [logits, layers.Reshape((), dtype="float32")(self._output(x, 1, "digit_score"))]

    def _output(self, x: Tensor, units: int, name: str) -> Tensor:
        # In float32 whatever the precision of the rest: a softmax over rounded logits loses the small ones.
        only = name if self.config.ensemble_size == 1 else None
        return layers.Dense(units, dtype="float32", name=only, kernel_initializer=self.config.initializer)(x)

    def pool(self, x: Tensor) -> Tensor:
        return layers.MaxPooling2D(2, dtype=self.dtype)(x)

    def dropout(self, x: Tensor) -> Tensor:
        return layers.Dropout(self.config.dropout, dtype=self.dtype)(x) if self.config.dropout else x
