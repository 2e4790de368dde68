"""What a fine-tuned model must not forget: old images to replay, and others to notice forgetting by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets, synthetic
from mnist_core.models.registry import Model

CANDIDATES = 10_000
"""Images of MNIST among which the model looks for those that it is least sure of."""
REPLAY_SHARE = 0.2
"""About as many images as a tuning has time for; what others did is in docs/experiments/fine-tuning.md."""
HELD_OUT = 10_000
"""With a few thousand images, a handful of changes could mean a larger drop than the one that is allowed."""
SYNTHETIC = 8_000
LARGEST_UNNOTICED_ALPHA = 0.7

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ReplayBuffer:
    """Old images (N, 28, 28) uint8."""

    name: str
    x: Images
    """From which to replay."""
    x_held_out: Images
    """Never replayed: to notice forgetting by."""
    y_held_out: Labels
    """Their labels."""
    x_test: Images | None = None
    """The test set, read once at the end."""
    y_test: Labels | None = None
    replay_share: float = 1.0
    """How much of x is replayed: those of which the model is least sure."""
    largest_alpha: float = 1.0
    """The largest α that may be proposed: not all the way where forgetting of MNIST itself would go unnoticed."""

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return "MNIST" if self.name == "mnist" else self.name


def least_sure(logits: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.intp]:
    """The indices of this share of the images: those with the least confident readings, by (N, 10) logits.

    What a model is sure of survives a small tuning without being replayed. (Aljundi et al. 2019, "Online continual
    learning with maximal interfered retrieval", replay what a step would harm most, which takes a step to know.)
    """
    certainty = softmax(logits, axis=1).max(axis=1)
    return np.argsort(certainty, kind="stable")[: round(share * len(logits))]


def fill(workspace: Workspace, root: Model, seed: int) -> ReplayBuffer:
    """MNIST where it is on this machine; otherwise digits that the program writes itself, all of which are replayed.

    Of those the least sure ones are no good: they are like the drawings, which are then hardly learned.

    Kept are the validation images of the model that was tuned first, which it has not learned (if it was trained by
    this program), and, to be enough, training images that are not among the remembered ones.
    """
    if datasets.find_mnist(workspace) is None:
        x, y = synthetic.generate(SYNTHETIC, seed=seed)
        cut = SYNTHETIC * 3 // 8
        return ReplayBuffer("synthetic", x[:cut], x[cut:], y[cut:], largest_alpha=LARGEST_UNNOTICED_ALPHA)
    mnist, config = datasets.mnist(workspace), root.card.config
    trained = config if isinstance(config, TrainConfig) else TrainConfig(seed=datasets.SPLIT_SEED)
    share, split_seed = trained.validation_share, trained.seed
    train, validation = datasets.split(mnist.y_train, share, split_seed)
    train = np.random.default_rng(seed).permutation(train)
    remembered, kept = train[:CANDIDATES], np.concatenate([validation, train[CANDIDATES:]])[:HELD_OUT]
    return ReplayBuffer(
        "mnist",
        mnist.x_train[remembered],
        mnist.x_train[kept],
        mnist.y_train[kept],
        mnist.x_test,
        mnist.y_test,
        replay_share=REPLAY_SHARE,
    )
