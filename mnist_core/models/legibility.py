"""Whether digits can still be read after an augmentation, judged by a model."""

from typing import TYPE_CHECKING

from mnist_core.config.schema import Augmentation
from mnist_core.data import augmentation, synthetic

if TYPE_CHECKING:
    from mnist_core.models.predictor import Predictor

SAMPLE = 200
LEAST = 0.9
"""The share of changed digits that the shipped model recognises with any sensible augmentation. Every preset is above
99%; an elastic distortion of 2 pixels is at 87%, and one of 4 at 43%."""


def legibility(changes: Augmentation, predictor: "Predictor") -> float:
    """The share of digits that the model recognises after these changes. It recognises nearly all unchanged ones."""
    images, labels = synthetic.generate(SAMPLE, seed=1)
    return predictor.accuracy(augmentation.preview(images, changes, seed=0), labels).share
