"""Labels that are probably a slip of the key: the person said 4, and everything else says 9.

A drawing that the network misreads is no suspect: correcting such is what the program is for. What tells a slip from a
correction is agreement: a model that has never seen the drawing is as good as sure of another digit, and a model
that has learned the person's other drawings, but not this one, is sure of the same. (Confident learning, Northcutt
et al. 2021, compares labels with readings out of the sample in the same way.)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from mnist_core.evaluation.reports import LabelIssue

CERTAIN = 0.8
"""What both must give the other digit: docs/experiments/fine-tuning.md has what that finds, and what it doubts wrongly."""
FEWEST_ALIKE = 3
"""With fewer drawings of its label, nothing could speak for it: how one writes that digit is not known yet."""
TOO_MANY = 1 / 3


def find(
    labels: npt.NDArray[np.uint8],
    base_logits: npt.NDArray[np.float32],
    unseen_logits: npt.NDArray[np.float32],
    indices: npt.NDArray[np.integer[Any]],
) -> list[LabelIssue]:
    """The label issues among the drawings at `indices`.

    Args:
        labels: (N,), as the person gave them.
        base_logits: (N, 10), of a model from before all of these drawings.
        unseen_logits: (N, 10), for each drawing of a model that has learned others, but not this one.
    """
    base, unseen = softmax(base_logits, axis=1), softmax(unseen_logits, axis=1)
    digits, alike = base.argmax(axis=1), np.bincount(labels[indices], minlength=10)
    return [
        LabelIssue(index=int(n), label=int(labels[n]), digit=int(digits[n]))
        for n in indices
        if digits[n] != labels[n]
        and min(base[n, digits[n]], unseen[n, digits[n]]) >= CERTAIN
        and alike[labels[n]] >= FEWEST_ALIKE
    ]


def too_many(issues: Sequence[LabelIssue], count: int) -> bool:
    """Whether so many of `count` drawings have issues that the model or the whole file is at fault."""
    return len(issues) > TOO_MANY * count
