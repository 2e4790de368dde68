"""What the frozen part of a network makes of images, computed once and kept on the device.

Half of the shipped model's layers are frozen, and they do three quarters of its arithmetic.
"""

from typing import Any, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.backends import devices, table
from mnist_core.engine.networks.cutting import cut
from mnist_core.engine.training.graph import Resident

MOST_BYTES = 300_000_000
"""Features that would take more memory are not kept. Then the whole network runs in every step."""
BATCH = 250

Images = npt.NDArray[np.uint8]
Arrays = list[npt.NDArray[Any]]
Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


class Features:
    """What the frozen part makes of images, and graphs from their indices to logits.

    The first indices are of new images, which can be replaced; then come old ones. Where nothing is frozen, or the
    features are too large, the images themselves take their place.
    """

    def __init__(self, network: keras.Model, count: int) -> None:
        """
        Args:
            network: (N, 28, 28) uint8 → logits. Its frozen part must not change.
            count: the number of all images.
        """
        parts = cut(network)
        self._frozen: keras.Model | None = None
        if parts is not None and count * sum(map(_bytes, keras.tree.flatten(parts[0].output))) <= MOST_BYTES:
            self._frozen = parts[0]
            self._frozen.compile(jit_compile=table.present().jit_compile)
        self._new: list[Resident] = []
        self._old: list[Resident] = []

    def keep(self, new: int, *old: Arrays) -> None:
        """Put features on the device.

        Args:
            new: the number of new images. They are all zeros until `take` replaces them.
            old: the features of the old images, in parts.
        """
        features = [np.concatenate(each) for each in zip(*old, strict=True)]
        self._new = [Resident(np.zeros((new, *each.shape[1:]), each.dtype)) for each in features]
        self._old = [Resident(each) for each in features]

    def graph(self, network: keras.Model) -> keras.Model:
        """(N,) int32 indices → the logits of this network, which is the one that the features are of, or a copy."""
        learning = network
        if self._frozen is not None and (parts := cut(network)) is not None:
            learning = parts[1]
        index = keras.Input((), dtype="int32", name="index")
        rows = [_rows(index, *each) for each in zip(self._new, self._old, strict=True)]
        return keras.Model(index, learning(rows if len(rows) > 1 else rows[0]))

    def take(self, images: Images) -> None:
        """Replace the new images by these, or the first of them by fewer: (N, 28, 28) uint8."""
        for resident, features in zip(self._new, self.of(images), strict=True):
            rows = np.zeros(resident.array.shape, features.dtype)
            rows[: len(features)] = features
            resident.array.assign(rows)

    def release(self) -> None:
        """Free their memory. No graph can run again."""
        for resident in self._new + self._old:
            devices.release(resident.array)

    def of(self, images: Images) -> Arrays:
        """(N, 28, 28) uint8 → their features: arrays of N rows."""
        if self._frozen is None:
            return [images]
        shapes = [each.shape[1:] for each in keras.tree.flatten(self._frozen.output)]
        rows = [np.empty((len(images), *shape), np.float32) for shape in shapes]
        for first in range(0, len(images), BATCH):
            batch = slice(first, first + BATCH)
            features = keras.tree.flatten(self._frozen.predict_on_batch(images[batch]))
            for array, found in zip(rows, features, strict=True):
                array[batch] = found
        return rows


def _bytes(features: Tensor) -> int:
    """What the features of one image take, in float32."""
    return 4 * int(np.prod(features.shape[1:]))


def _rows(index: Tensor, new: Resident, old: Resident) -> Tensor:
    """The rows with these indices, which count `new` first and then `old`."""
    count, last = new.array.shape[0], old.array.shape[0] - 1
    rows_of_new = new(ops.minimum(index, count - 1))
    rows_of_old = old(ops.clip(index - count, 0, last))
    is_new = ops.reshape(index < count, (-1, *[1] * (len(rows_of_new.shape) - 1)))
    return ops.where(is_new, rows_of_new, rows_of_old)
