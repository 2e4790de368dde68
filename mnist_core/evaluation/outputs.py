"""What a network returns for images: logits, and maybe how much each image looks like a digit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

NO_DIGIT = 10
"""The label of an image that is not a digit, in training; no model returns it."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Outputs:
    """The outputs for N images."""

    logits: Floats
    """(N, 10)."""
    scores: Floats | None = None
    """(N,): the logit of the probability that the image is a digit; None if the network was not trained to tell."""

    @property
    def digit_scores(self) -> Floats:
        """(N,): the higher, the more an image looks like a digit.

        A network that was not trained to tell still gives its energy: the log-sum-exp of its logits (Liu et al. 2020,
        "Energy-based out-of-distribution detection").
        """
        return logsumexp(self.logits, axis=1) if self.scores is None else self.scores

    @property
    def with_no_digit(self) -> Floats:
        """(N, 11): the logits with an eleventh for "not a digit", so that a softmax over all agrees with the scores.

        (N, 10) if there are no scores.
        """
        if self.scores is None:
            return self.logits
        return np.column_stack([self.logits, logsumexp(self.logits, axis=1) - self.scores])

    @classmethod
    def of(cls, with_no_digit: Floats) -> Self:
        """The outputs whose `with_no_digit` this is."""
        logits = with_no_digit[:, :10]
        if with_no_digit.shape[1] == 10:
            return cls(logits)
        return cls(logits, logsumexp(logits, axis=1) - with_no_digit[:, NO_DIGIT])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The outputs for all images of one network, given batch by batch; for none (0, 10) logits."""
        logits = np.concatenate([np.zeros((0, 10), np.float32), *(each.logits for each in parts)])
        scores = [each.scores for each in parts if each.scores is not None]
        return cls(logits, np.concatenate(scores) if scores else None)
