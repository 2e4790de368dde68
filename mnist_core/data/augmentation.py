"""Random changes of digit images, written once for NumPy (the preview) and for Keras (the compiled step).

Rotation, shift, zoom, shear and elastic distortion form one displacement field and need one bilinear look-up. So an
image is blurred once, not five times. A shift alone, of a pixel or more, moves by whole pixels and does not blur. Then
the strokes are thinned or thickened. `xp` is the array library: `keras.ops`, or `numpy_ops` here. Only functions that
both have are used.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.config.schema import Augmentation
from mnist_core.drawing.strokes import SIDE

Array = Any

MIDDLE = (SIDE - 1) / 2
UNIFORMS = 8
"""How many numbers between -1 and 1 an image needs."""
COARSE = 5
"""Elastic distortion is noise on COARSE × COARSE points, smoothly enlarged (after Simard et al. 2003)."""


class _NumpyOps:
    """NumPy with the one function whose name differs in Keras."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def cast(x: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
        return x.astype(dtype)


numpy_ops = _NumpyOps()


def preview(images: npt.NDArray[np.uint8], config: Augmentation, seed: int) -> npt.NDArray[np.uint8]:
    """(N, 28, 28) uint8 → the same, changed as a training would."""
    random = np.random.default_rng(seed)
    uniform = random.uniform(-1, 1, (len(images), UNIFORMS)).astype(np.float32)
    noise = random.normal(size=(len(images), 2, COARSE, COARSE)).astype(np.float32)
    changed = augment(numpy_ops, images.astype(np.float32), config, uniform, noise)
    result: npt.NDArray[np.uint8] = np.rint(changed).astype(np.uint8)
    return result


def changes_images(config: Augmentation) -> bool:
    """Whether `augment` does anything."""
    kinds = Augmentation.model_fields.keys() - {"augmentation_probability"}
    return config.augmentation_probability > 0 and any(getattr(config, kind) for kind in kinds)


def augment(xp: Any, x: Array, config: Augmentation, uniform: Array, noise: Array) -> Array:
    """Change each image by its own random numbers.

    Args:
        x: (N, 28, 28) float32, 0…255.
        uniform: (N, UNIFORMS) between -1 and 1.
        noise: (N, 2, COARSE, COARSE) standard normal.

    Returns:
        (N, 28, 28) float32, 0…255.
    """
    # Unchanged images are not blurred; they keep the network accurate on sharp images.
    changed = xp.cast(uniform[:, 7:8] < 2 * config.augmentation_probability - 1, "float32")
    uniform, noise = uniform * changed, noise * xp.reshape(changed, (-1, 1, 1, 1))
    bends = config.rotation or config.zoom or config.shear or config.elastic
    if config.shift >= 1 and not bends:
        x = _move(xp, x, config.shift, uniform)
    elif config.shift or bends:
        x = _look_up(xp, x, *_sources(xp, config, uniform, noise))
    if config.stroke_width:
        x = _change_pen(xp, x, xp.reshape(uniform[:, 6] * config.stroke_width, (-1, 1, 1)))
    return x


def _sources(xp: Any, config: Augmentation, uniform: Array, noise: Array) -> tuple[Array, Array]:
    """(N, 784) each: the x and y in the old image from which each new pixel is taken."""
    grid = np.mgrid[:SIDE, :SIDE].reshape(2, 1, -1).astype(np.float32) - MIDDLE
    rows, columns = xp.array(grid[0]), xp.array(grid[1])  # each (1, 784)
    turn, shear, zoom_x, zoom_y, shift_x, shift_y = (uniform[:, n : n + 1] for n in range(6))  # each (N, 1)
    angle = turn * float(np.deg2rad(config.rotation))
    cos, sin = xp.cos(angle), xp.sin(angle)
    across = (columns + shear * config.shear * rows) * (1 + zoom_x * config.zoom)
    down = rows * (1 + zoom_y * config.zoom)
    source_x = cos * across - sin * down + MIDDLE + shift_x * config.shift
    source_y = sin * across + cos * down + MIDDLE + shift_y * config.shift
    if config.elastic:
        bend = xp.reshape(xp.matmul(xp.matmul(ENLARGE, noise), ENLARGE.T), (-1, 2, SIDE * SIDE)) * config.elastic
        source_x, source_y = source_x + bend[:, 0], source_y + bend[:, 1]
    return source_x, source_y


def _move(xp: Any, x: Array, shift: float, uniform: Array) -> Array:
    """Shift by whole pixels, which does not blur and takes a quarter of the time. Background fills the gap."""
    most = int(np.rint(shift))
    side = SIDE + 2 * most
    flat = xp.reshape(xp.pad(x, [[0, 0], [most, most], [most, most]]), (-1, side * side))
    rows, columns = np.mgrid[:SIDE, :SIDE].reshape(2, 1, -1) + most
    by = xp.cast(xp.round(uniform[:, 4:6] * shift), "int32")  # (N, 2): x, y
    places = xp.array((rows * side + columns).astype(np.int32)) + by[:, 1:] * side + by[:, :1]  # (N, 784)
    return xp.reshape(xp.take_along_axis(flat, places, axis=1), (-1, SIDE, SIDE))


def _look_up(xp: Any, x: Array, source_x: Array, source_y: Array) -> Array:
    """Bilinear interpolation: (N, 28, 28) images at (N, 784) places → (N, 28, 28); background outside."""
    side = SIDE + 2
    flat = xp.reshape(xp.pad(x, [[0, 0], [1, 1], [1, 1]]), (-1, side * side))
    source_x = xp.clip(source_x + 1, 0.0, side - 1.001)
    source_y = xp.clip(source_y + 1, 0.0, side - 1.001)
    left, top = xp.floor(source_x), xp.floor(source_y)
    right_share, bottom_share = source_x - left, source_y - top
    corner = xp.cast(top * side + left, "int32")

    def pixel(offset: int) -> Array:
        return xp.take_along_axis(flat, corner + offset, axis=1)

    upper = pixel(0) * (1 - right_share) + pixel(1) * right_share
    lower = pixel(side) * (1 - right_share) + pixel(side + 1) * right_share
    return xp.reshape(upper * (1 - bottom_share) + lower * bottom_share, (-1, SIDE, SIDE))


def _change_pen(xp: Any, x: Array, amount: Array) -> Array:
    """Move by `amount` (N, 1, 1) towards a pen one pixel wider (above 0) or narrower (below 0) on all sides."""
    target = xp.where(amount > 0, _widened(xp, x), 255.0 - _widened(xp, 255.0 - x))
    return x + xp.abs(amount) * (target - x)


def _widened(xp: Any, x: Array) -> Array:
    """The largest value of each pixel and its eight neighbours."""
    padded = xp.pad(x, [[0, 0], [1, 1], [1, 1]], mode="symmetric")
    x = xp.maximum(xp.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return xp.maximum(xp.maximum(x[:, :, :-2], x[:, :, 1:-1]), x[:, :, 2:])


def _enlargement() -> npt.NDArray[np.float32]:
    """(28, COARSE): cubic interpolation from the coarse points, which lie evenly over the image."""
    coarse = np.linspace(0, SIDE - 1, COARSE)
    smooth: npt.NDArray[np.float32] = scipy.interpolate.CubicSpline(coarse, np.eye(COARSE))(np.arange(SIDE)).astype(
        np.float32
    )
    return smooth


ENLARGE = _enlargement()
