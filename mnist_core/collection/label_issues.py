"""Label issues: labels that are probably typing errors. The label is 4, but all evidence says 9.

A wrong prediction alone is not a label issue: the program exists to correct such predictions. For a typing error, two
models agree on the other digit and are nearly certain. One has never seen the drawing; the other has learned the
person's other drawings, but not this one. (Confident learning, Northcutt et al. 2021, compares labels with
out-of-sample predictions in the same way.)

A style is not a typing error either. Some people cross their zeros, and both models may take all of these for eights.
So the person's own drawings can acquit a label: if the drawing that looks most like this one has the same label, it
stays.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from mnist_core.evaluation.reports import LabelIssue

CERTAIN = 0.8
"""The probability that both models must give the other digit. docs/experiments/fine-tuning.md has the false alarms."""
FEWEST_ALIKE = 3
"""With fewer drawings of a label, too little is known about how the person writes that digit."""
TOO_MANY = 1 / 3
"""The greatest share of drawings that may plausibly have a label issue."""
BLUR = 1.0
"""Pixels of Gaussian blur before drawings are compared, so that lines a pixel apart are alike."""

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.integer[Any]]
Logits = npt.NDArray[np.float32]


def find(
    images: Images, labels: Labels, root_logits: Logits, unseen_logits: Logits, indices: Indices
) -> list[LabelIssue]:
    """The label issues among the drawings at `indices`.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,) uint8, from the person.
        root_logits: (N, 10), from the root, which has learned none of these drawings.
        unseen_logits: (N, 10), for each drawing from a model that has learned others, but not this one.
    """
    root, unseen = (scipy.special.softmax(each, axis=1) for each in (root_logits, unseen_logits))
    digits, alike = root.argmax(axis=1), np.bincount(labels[indices], minlength=10)
    contradicted = [
        n
        for n in indices
        if digits[n] != labels[n]
        and min(root[n, digits[n]], unseen[n, digits[n]]) >= CERTAIN
        and alike[labels[n]] >= FEWEST_ALIKE
    ]
    return [
        LabelIssue(index=int(n), label=int(labels[n]), digit=int(digits[n]))
        for n in contradicted
        if labels[_most_alike(images, int(n), indices)] != labels[n]
    ]


def _most_alike(images: Images, n: int, indices: Indices) -> int:
    """The index of the drawing that looks most like drawing `n`, among the others at `indices`."""
    others = indices[indices != n]
    blurred = scipy.ndimage.gaussian_filter(images[np.append(others, n)].astype(np.float32), (0, BLUR, BLUR))
    distances = ((blurred[:-1] - blurred[-1]) ** 2).sum(axis=(1, 2))
    return int(others[distances.argmin()])


def too_many(issues: Sequence[LabelIssue], count: int) -> bool:
    """Whether the issues are so many of `count` drawings that the model or the whole file must be wrong."""
    return len(issues) > TOO_MANY * count
