"""What every baseline is told: the data's file, the seed, how many epochs."""

import sys
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Arguments(NamedTuple):
    """Images (N, 28, 28) uint8 and labels (N,) uint8."""

    x_train: npt.NDArray[np.uint8]
    y_train: npt.NDArray[np.uint8]
    x_test: npt.NDArray[np.uint8]
    y_test: npt.NDArray[np.uint8]
    seed: int
    epochs: int


def arguments() -> Arguments:
    """From the command line: MNIST.npz SEED EPOCHS."""
    path, seed, epochs = sys.argv[1:]
    with np.load(path) as data:
        return Arguments(data["x_train"], data["y_train"], data["x_test"], data["y_test"], int(seed), int(epochs))
