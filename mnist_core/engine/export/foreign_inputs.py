"""How a network from elsewhere wants its images, found out on real digits."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from mnist_core.data import npz, synthetic
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.input_form import FORMS, InputForm, Inputs, Wanted

Floats = npt.NDArray[np.float32]
Predict = Callable[[Floats], Floats]
"""(N, 28, 28) values in some form → (N, 10) outputs."""

AS_GOOD = 0.02
"""Forms that predict this share fewer digits correctly than the best are as good. Then the loss decides."""
CLEARLY = 0.85
"""A less usual form must have a loss that is smaller by this factor."""
SYNTHETIC = 300
SMALLEST = 1e-7
"""The least probability whose logarithm is taken."""
LAYOUTS = ((28, 28), (28, 28, 1), (1, 28, 28), (784,))
"""The shapes of an image that are allowed."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Images (N, 28, 28) uint8 to try a network on, and their labels (N,)."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    source: Literal["mnist", "synthetic"]


def digits_in(folder: Path) -> Digits:
    """The digits that the importing process has left there, or synthetic ones."""
    if (path := folder / "digits.npz").exists():
        arrays = npz.read(path, ("x", "y"))
        return Digits(arrays["x"], arrays["y"], "mnist")
    return Digits(*synthetic.generate(SYNTHETIC, seed=0), "synthetic")


def layout_of(shape: tuple[int | None, ...]) -> tuple[int, ...] | None:
    """The shape of one image of a network that takes `shape`; unknown sides are 28. None if it is another."""
    sides = shape[1:]
    return next(
        (
            each
            for each in LAYOUTS
            if len(each) == len(sides) and all(a in (None, b) for a, b in zip(sides, each, strict=True))
        ),
        None,
    )


def find_form(predict: Predict, digits: Digits, wanted: Wanted) -> tuple[InputForm, Inputs]:
    """The form with which the network predicts best, of those that the person allows.

    Args:
        predict: gives logits.
    """
    right = {form: _right(predict, form, digits) for form in wanted.forms}
    most = max(right.values())
    near = [form for form in right if right[form] >= most - AS_GOOD * len(digits.labels)]
    form, loss = near[0], _loss(predict, near[0], digits)
    for other in near[1:]:
        if (others := _loss(predict, other, digits)) < CLEARLY * loss:
            form, loss = other, others
    return form, Inputs(
        scale=form.scale, inverted=form.inverted, right=right[form], count=len(digits.labels), digits=digits.source,
        best_of_all=len(right) == len(FORMS),
    )  # fmt: skip


def _logits(predict: Predict, form: InputForm, images: npt.NDArray[np.uint8]) -> Floats:
    return predict(images.astype(np.float32) * np.float32(form.factor) + np.float32(form.offset))


def _right(predict: Predict, form: InputForm, digits: Digits) -> int:
    return int((_logits(predict, form, digits.images).argmax(axis=1) == digits.labels).sum())


def _loss(predict: Predict, form: InputForm, digits: Digits) -> float:
    """The loss on these and on synthetic digits.

    The network may know MNIST's training images by heart: there, too large a scale would only make it surer.
    """
    images, labels = synthetic.generate(SYNTHETIC, seed=0)
    logits = [_logits(predict, form, each) for each in (digits.images, images)]
    if not all(np.isfinite(each).all() for each in logits):
        return np.inf
    return sum(Predictions(each, y).loss for each, y in zip(logits, (digits.labels, labels), strict=True))


def are_probabilities(outputs: Floats) -> bool:
    """Whether these (N, 10) outputs are probabilities of a softmax or of sigmoids, not logits or their logarithms."""
    return bool(((outputs >= 0) & (outputs <= 1 + 1e-3)).all())
