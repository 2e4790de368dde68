"""Random changes of the training images, as one layer inside the compiled step.

Rotation, shift, zoom, shear and elastic bending are one displacement field and one bilinear look-up, so that
an image is blurred once, not five times; then the pen is thinned or thickened.
"""

import keras
import numpy as np
from keras import ops

from mnist_core.config import Augmentation
from mnist_core.strokes import SIDE

Tensor = keras.KerasTensor

MIDDLE = (SIDE - 1) / 2
COARSE = 5
"""Elastic bending is noise on COARSE × COARSE points, smoothly enlarged (after Simard et al. 2003)."""


class Augment(keras.layers.Layer):
    """(N, 28, 28) uint8 → the same, changed at random when training, untouched otherwise."""

    def __init__(self, config: Augmentation, seed: int = 0) -> None:
        super().__init__(name="augment", dtype="float32")
        self.config = config
        self.random = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        config = self.config
        if not training:
            return images
        x = ops.cast(images, "float32")
        if config.rotation or config.shift or config.zoom or config.shear or config.elastic:
            x = self._warp(x)
        if config.stroke_width:
            x = self._change_pen(x)
        return ops.cast(ops.round(x), "uint8")

    def _uniform(self, n: Tensor, limit: float) -> Tensor:
        """(n, 1): one number an image, between -limit and limit."""
        return keras.random.uniform((n, 1), -limit, limit, seed=self.random)

    def _warp(self, x: Tensor) -> Tensor:
        n, config = ops.shape(x)[0], self.config
        rows, columns = np.mgrid[:SIDE, :SIDE].reshape(2, 1, -1).astype("float32") - MIDDLE  # each (1, 784)
        angle = self._uniform(n, float(np.deg2rad(config.rotation)))
        cos, sin = ops.cos(angle), ops.sin(angle)
        across = (columns + self._uniform(n, config.shear) * rows) * (1 + self._uniform(n, config.zoom))
        down = rows * (1 + self._uniform(n, config.zoom))
        source_x = cos * across - sin * down + MIDDLE + self._uniform(n, config.shift)
        source_y = sin * across + cos * down + MIDDLE + self._uniform(n, config.shift)
        if config.elastic:
            noise = keras.random.normal((n, COARSE, COARSE, 2), stddev=config.elastic, seed=self.random)
            bend = ops.reshape(ops.image.resize(noise, (SIDE, SIDE), interpolation="bicubic"), (n, SIDE * SIDE, 2))
            source_x, source_y = source_x + bend[..., 0], source_y + bend[..., 1]
        return _look_up(x, source_x, source_y)

    def _change_pen(self, x: Tensor) -> Tensor:
        """Towards the image whose pen is one pixel wider, or narrower, all around."""
        x = ops.expand_dims(x, -1)
        amount = ops.reshape(self._uniform(ops.shape(x)[0], self.config.stroke_width), (-1, 1, 1, 1))
        wider = ops.max_pool(x, 3, strides=1, padding="same")
        narrower = -ops.max_pool(-x, 3, strides=1, padding="same")
        target = ops.where(amount > 0, wider, narrower)
        return ops.squeeze(x + ops.abs(amount) * (target - x), -1)


def _look_up(x: Tensor, source_x: Tensor, source_y: Tensor) -> Tensor:
    """Bilinear: (N, 28, 28) images at (N, 784) places → (N, 28, 28); background outside."""
    n, side = ops.shape(x)[0], SIDE + 2
    flat = ops.reshape(ops.pad(x, [[0, 0], [1, 1], [1, 1]]), (n, side * side))
    source_x = ops.clip(source_x + 1, 0.0, side - 1.001)
    source_y = ops.clip(source_y + 1, 0.0, side - 1.001)
    left, top = ops.floor(source_x), ops.floor(source_y)
    right_share, bottom_share = source_x - left, source_y - top
    corner = ops.cast(top * side + left, "int32")

    def pixel(offset: int) -> Tensor:
        return ops.take_along_axis(flat, corner + offset, axis=1)

    upper = pixel(0) * (1 - right_share) + pixel(1) * right_share
    lower = pixel(side) * (1 - right_share) + pixel(side + 1) * right_share
    return ops.reshape(upper * (1 - bottom_share) + lower * bottom_share, (n, SIDE, SIDE))
