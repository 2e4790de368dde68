"""The gate: may a tuned model be proposed, and which of several is the best?

It looks at images that the tuning did not see: drawings that were held back, and MNIST's validation images.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

Logits = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

ALMOST_NOTHING = 1e-3
"""Nats. A loss below this is as good as none; without it, ten times less of almost nothing would win."""


@dataclass(frozen=True)
class Reading:
    """What a model gives for labelled images: logits (N, 10), labels (N,)."""

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
        return float(-log_softmax(self.logits, axis=1)[np.arange(len(self.labels)), self.labels].mean())


@dataclass(frozen=True)
class Verdict:
    """What the gate says of the model at one α."""

    alpha: float
    problems: tuple[str, ...]
    harm: float
    """What is left of the two losses, each in shares of what it was before: the less the better."""

    @property
    def accepted(self) -> bool:
        return not self.problems

    @property
    def reason(self) -> str:
        """Why it is not proposed, for a person; empty if it is."""
        return (
            f"Not proposed: {' and '.join(self.problems)}. Draw more of the digits it misreads."
            if self.problems
            else ""
        )


def judge(
    alpha: float,
    drawings: tuple[Reading, Reading],
    old: tuple[Reading, Reading],
    allowed_drop: float,
    old_name: str,
) -> Verdict:
    """Compare before and after (in this order in each pair) on drawings and on old images.

    Args:
        allowed_drop: percentage points that accuracy on the old images may lose.
        old_name: what the old images are called in the reason.
    """
    problems = []
    if (worse := drawings[0].right - drawings[1].right) > 0:
        problems.append(f"{worse} more of the held-out drawings would be misread")
    drop = 100 * (old[0].right - old[1].right) / len(old[0].labels)
    if drop > allowed_drop:
        problems.append(f"it would forget {drop:.2f} points of {old_name} ({allowed_drop:g} are allowed)")
    harm = sum(max(after.loss, ALMOST_NOTHING) / max(before.loss, ALMOST_NOTHING) for before, after in (drawings, old))
    return Verdict(alpha, tuple(problems), harm)


def best_of(verdicts: list[Verdict]) -> Verdict:
    """The accepted one with the least harm; without an accepted one, the least harmful."""
    return min(verdicts, key=lambda verdict: (not verdict.accepted, verdict.harm))
