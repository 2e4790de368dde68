"""What a fine-tuned model must not forget: old images to replay, and others to notice forgetting by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core import datasets, handwriting
from mnist_core.predictor import Predictor
from mnist_core.registry import Model
from mnist_core.workspace import Workspace

REPLAYED = 5_000
KEPT = 10_000
"""With a few thousand images, a handful of changes could mean a larger drop than the one that is allowed."""
GENERATED = 8_000
FARTHEST_UNNOTICED = 0.7

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Memory:
    """Old images (N, 28, 28) uint8 and their labels."""

    name: str
    x: Images
    """To replay."""
    y: Images
    x_kept: Images
    """Never replayed: to notice forgetting by."""
    y_kept: Images
    x_test: Images | None = None
    """The test set, read once at the end."""
    y_test: Images | None = None
    farthest: float = 1.0
    """The largest α that may be proposed: not all the way where forgetting of MNIST itself would go unnoticed."""

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return "MNIST" if self.name == "mnist" else self.name


def recall(workspace: Workspace, root: Model, seed: int) -> Memory:
    """MNIST where it is on this machine; otherwise digits that the program writes itself.

    These are replayed with what `root` reads in them, right or wrong (after Li and Hoiem 2016, "Learning without
    forgetting"): their right labels would teach it other styles than MNIST's, at MNIST's expense.

    Kept are the validation images of the model that was tuned first, which it has not learned (if it was trained by
    this program), and, to be enough, training images that are not replayed.
    """
    if datasets.find_mnist(workspace) is None:
        x, y = handwriting.generate(GENERATED, seed=seed)
        cut = GENERATED * 3 // 8
        read = Predictor(root.onnx, threads=0).logits(x[:cut]).argmax(axis=1).astype(np.uint8)
        return Memory("generated digits", x[:cut], read, x[cut:], y[cut:], farthest=FARTHEST_UNNOTICED)
    mnist, config = datasets.mnist(workspace), root.card.config
    share, split_seed = config.get("validation_share", 0.1), config.get("seed", datasets.SPLIT_SEED)
    train, validation = datasets.split(mnist.y_train, share, split_seed)
    train = np.random.default_rng(seed).permutation(train)
    replayed, kept = train[:REPLAYED], np.concatenate([validation, train[REPLAYED:]])[:KEPT]
    return Memory(
        "mnist",
        mnist.x_train[replayed],
        mnist.y_train[replayed],
        mnist.x_train[kept],
        mnist.y_train[kept],
        mnist.x_test,
        mnist.y_test,
    )
