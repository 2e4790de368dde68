"""What a model predicts for labelled images: accuracy, loss, and whether another model is clearly better."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Logits = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Predictions:
    """Logits (N, 10) and the true labels (N,)."""

    logits: Logits
    labels: Labels

    @property
    def predictions(self) -> npt.NDArray[np.int64]:
        digits: npt.NDArray[np.int64] = self.logits.argmax(axis=1)
        return digits

    @property
    def right(self) -> int:
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        return self.right / len(self.labels)

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return float(self._losses.mean())

    @property
    def loss_error(self) -> float:
        """The standard error of `loss`, in float64: the squares of a diverging model's losses overflow float32."""
        return float(self._losses.std(dtype=np.float64) / np.sqrt(len(self.labels)))

    def is_hardly_better(self, other: "Predictions") -> bool:
        """Whether its mean loss on the same images is at most one standard error of the difference below `other`'s."""
        differences = other._losses - self._losses
        return bool(differences.mean() <= differences.std() / np.sqrt(len(differences)))

    @property
    def _losses(self) -> npt.NDArray[np.float32]:
        losses: npt.NDArray[np.float32] = -scipy.special.log_softmax(self.logits, axis=1)[
            np.arange(len(self.labels)), self.labels
        ]
        return losses
