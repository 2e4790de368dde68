"""What a fine-tuned model must not forget: old images to replay, and others to notice forgetting by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core import datasets, handwriting
from mnist_core.registry import Card
from mnist_core.workspace import Workspace

REPLAYED = 5_000
GENERATED = 6_000


@dataclass(frozen=True)
class Memory:
    """Old images (N, 28, 28) uint8 and their labels: to replay, to validate on, to test on once at the end."""

    name: str
    x: npt.NDArray[np.uint8]
    y: npt.NDArray[np.uint8]
    x_validation: npt.NDArray[np.uint8]
    y_validation: npt.NDArray[np.uint8]
    x_test: npt.NDArray[np.uint8] | None = None
    y_test: npt.NDArray[np.uint8] | None = None


def recall(workspace: Workspace, root: Card, seed: int) -> Memory:
    """MNIST where it is on this machine; otherwise digits that the program writes itself.

    The validation images are those that the root of the model's lineage did not train on either.
    """
    if datasets.find_mnist(workspace) is None:
        x, y = handwriting.generate(GENERATED, seed=seed)
        kept = GENERATED * 3 // 4
        return Memory("generated digits", x[:kept], y[:kept], x[kept:], y[kept:])
    mnist = datasets.mnist(workspace)
    share, split_seed = root.config.get("validation_share", 0.1), root.config.get("seed", datasets.SPLIT_SEED)
    train, validation = datasets.split(mnist.y_train, share, split_seed)
    replayed = np.random.default_rng(seed).permutation(train)[:REPLAYED]
    return Memory(
        "mnist",
        mnist.x_train[replayed],
        mnist.y_train[replayed],
        mnist.x_train[validation],
        mnist.y_train[validation],
        mnist.x_test,
        mnist.y_test,
    )
