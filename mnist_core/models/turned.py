"""Whether the images of a data set look turned: in EMNIST's files, rows and columns are exchanged."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.common.language import Text, _
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

Gray = npt.NDArray[np.uint8]

SAMPLE = 500
"""Images that are predicted."""
FEWEST = 10
CLEARLY = 0.3
"""Images look turned if this many more of them are predicted correctly once turned, as a share."""


@dataclass(frozen=True)
class Judged:
    """How many of a sample the shipped model predicts correctly."""

    as_they_are: Accuracy
    turned: Accuracy
    """With rows and columns exchanged."""

    @property
    def looks_turned(self) -> bool:
        """Whether the images are clearly better the other way."""
        return self.as_they_are.count >= FEWEST and self.turned.share - self.as_they_are.share > CLEARLY

    @property
    def text(self) -> Text:
        """What was found, in a sentence."""
        if self.looks_turned:
            return _(
                "These images look turned: the shipped model predicts {now:.0%} of them correctly, and {turned:.0%} "
                "after rows and columns are swapped.",
                now=self.as_they_are.share,
                turned=self.turned.share,
            )
        return _(
            "The shipped model predicts {right:,} of {count:,} of these images correctly ({share:.0%}).",
            right=self.as_they_are.right,
            count=self.as_they_are.count,
            share=self.as_they_are.share,
        )


def judge(images: Gray, labels: Gray) -> Judged:
    """Predict a sample of (N, 28, 28) images with these labels (N,) both ways."""
    chosen = np.random.default_rng(0).permutation(len(labels))[:SAMPLE]
    predictor = Predictor.of(shipped(), threads=0)
    some, wanted = images[chosen], labels[chosen]
    return Judged(predictor.accuracy(some, wanted), predictor.accuracy(some.transpose(0, 2, 1), wanted))
