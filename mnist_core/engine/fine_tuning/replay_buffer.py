"""The replay buffer: old images to replay, and held-out images that measure forgetting."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets, outliers, synthetic
from mnist_core.evaluation.reports import Replayed
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

CANDIDATES = 10_000
"""The number of replay candidates: images of MNIST, of which the least certain ones are replayed."""
REPLAY_SHARE = 0.2
"""The share of the candidates that are replayed; docs/experiments/fine-tuning.md compares others."""
HELD_OUT = 10_000
"""The number of held-out images. With a few thousand, a handful of changes could mean more than the allowed drop."""
SYNTHETIC = 8_000
OUTLIERS = 500
LARGEST_UNNOTICED_ALPHA = 0.7

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ReplayBuffer:
    """Old images (N, 28, 28) uint8."""

    name: Replayed
    x: Images
    """The replay candidates: digits, then outliers."""
    x_held_out: Images
    """The held-out images, never replayed: they measure forgetting."""
    y_held_out: Labels
    """Their labels."""
    x_test: Images | None = None
    """The test set, used once at the end."""
    y_test: Labels | None = None
    replay_share: float = 1.0
    """The share of the digits that is replayed: those of which the root is least certain."""
    outliers: int = 0
    """How many of x are not digits. All of them are replayed, so that the network goes on refusing such images."""
    largest_alpha: float = 1.0
    """The largest alpha that may be accepted: below 1 if forgetting of MNIST itself would go unnoticed."""

    @property
    def title(self) -> Text:
        """The name for people."""
        return _("MNIST") if self.name == "mnist" else _("synthetic digits")

    @property
    def replayed(self) -> int:
        """How many of the candidates are replayed."""
        return round(self.replay_share * (len(self.x) - self.outliers)) + self.outliers

    def chosen(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """The indices of the candidates that are replayed, by the root's logits for all of them, (M, 10)."""
        digits = len(self.x) - self.outliers
        outliers = np.arange(digits, len(self.x))
        return np.concatenate([least_certain(logits[:digits], self.replayed - self.outliers), outliers])


def least_certain(logits: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """The indices of this number of images: those with the least certain predictions, by (N, 10) logits.

    Images with certain predictions survive a small fine-tuning without replay. (Aljundi et al. 2019, "Online continual
    learning with maximal interfered retrieval", replay what a step would harm most, which takes a step to know.)
    """
    certainty = softmax(logits, axis=1).max(axis=1)
    return np.argsort(certainty, kind="stable")[:count]


def fill(workspace: Workspace, root: Model, seed: int) -> ReplayBuffer:
    """MNIST if it is on this machine; otherwise synthetic digits, all of which are replayed.

    Replaying only the least certain synthetic digits does not work: they resemble the drawings, which are then hardly
    learned.

    The held-out images are the root's validation images, which it has not learned (if this program trained it), and
    training images that are not replay candidates.

    If the root refuses what is not a digit, outliers that the program draws are replayed as well.
    """
    no_digits = outliers.generate(OUTLIERS if root.card.digit_score else 0, seed=seed)
    if datasets.find_mnist(workspace) is None:
        x, y = synthetic.generate(SYNTHETIC, seed=seed)
        cut = SYNTHETIC * 3 // 8
        return ReplayBuffer(
            "synthetic",
            np.concatenate([x[:cut], no_digits]),
            x[cut:],
            y[cut:],
            outliers=len(no_digits),
            largest_alpha=LARGEST_UNNOTICED_ALPHA,
        )
    mnist = datasets.mnist(workspace)
    trained = Registry(workspace).training_of(root) or TrainConfig(seed=datasets.SPLIT_SEED)
    share, split_seed = trained.validation_share, trained.seed
    train, validation = datasets.split(mnist.y_train, share, split_seed)
    train = np.random.default_rng(seed).permutation(train)
    candidates, held_out = train[:CANDIDATES], np.concatenate([validation, train[CANDIDATES:]])[:HELD_OUT]
    return ReplayBuffer(
        "mnist",
        np.concatenate([mnist.x_train[candidates], no_digits]),
        mnist.x_train[held_out],
        mnist.y_train[held_out],
        mnist.x_test,
        mnist.y_test,
        replay_share=REPLAY_SHARE,
        outliers=len(no_digits),
    )
