"""Augmentation as a layer inside the compiled step."""

from typing import Any, TypeAlias

import keras
from keras import ops

from mnist_core.config.schema import Augmentation
from mnist_core.data.augmentation import COARSE, UNIFORMS, augment, changes_images

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


class Augment(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """(N, 28, 28) uint8 → the same images, changed at random when training, else untouched."""

    def __init__(self, config: Augmentation, seed: int = 0) -> None:
        super().__init__(name="augment", dtype="float32")
        self.config = config
        self.random = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        if not training or not changes_images(self.config):
            return images
        n = ops.shape(images)[0]
        uniform = keras.random.uniform((n, UNIFORMS), -1.0, 1.0, seed=self.random)
        noise = keras.random.normal((n, 2, COARSE, COARSE), seed=self.random)
        changed = augment(ops, ops.cast(images, "float32"), self.config, uniform, noise)
        return ops.cast(ops.round(changed), "uint8")
