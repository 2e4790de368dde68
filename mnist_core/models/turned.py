"""Whether the labels of a data set fit its images. In EMNIST's files, rows and columns are exchanged."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.common.language import N_, Text, _, sentences
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

Gray = npt.NDArray[np.uint8]

SAMPLE = 500
"""Images that are predicted."""
FEWEST = 10
CLEARLY = 0.3
"""Images look turned if this many more of them are predicted correctly once turned, as a share."""
FIT = 0.6
"""Labels do not fit their images if a smaller share of them is predicted."""
ORIENTATIONS: dict[str, Callable[[Gray], Gray]] = {
    N_("left and right are swapped"): lambda images: images[:, :, ::-1],
    N_("top and bottom are swapped"): lambda images: images[:, ::-1],
    N_("they are turned by 180°"): lambda images: images[:, ::-1, ::-1],
    N_("they are turned to the left by 90°"): lambda images: np.rot90(images, axes=(1, 2)),
    N_("they are turned to the right by 90°"): lambda images: np.rot90(images, -1, axes=(1, 2)),
}
"""What is done to images that may lie otherwise → how."""


@dataclass(frozen=True)
class Judged:
    """How many of a sample the shipped model predicts correctly."""

    as_they_are: Accuracy
    turned: Accuracy
    """With rows and columns exchanged."""
    otherwise: tuple[str, Accuracy] | None = None
    """The best of `ORIENTATIONS`, if they have been tried."""

    @property
    def looks_turned(self) -> bool:
        """Whether the images are clearly better with rows and columns exchanged."""
        better = self.otherwise is None or self.turned.share >= self.otherwise[1].share
        return better and self._clearly(self.turned)

    @property
    def looks_wrong(self) -> bool:
        """Whether so few labels are predicted that they do not fit the images, which do not look turned."""
        return self.as_they_are.count >= FEWEST and self.as_they_are.share < FIT and not self.looks_turned

    def _clearly(self, other: Accuracy) -> bool:
        return self.as_they_are.count >= FEWEST and other.share - self.as_they_are.share > CLEARLY

    @property
    def text(self) -> Text:
        """What was found, in sentences."""
        if self.looks_turned:
            return _(
                "These images look turned: the shipped model predicts {now:.0%} of them correctly, and {turned:.0%} "
                "after rows and columns are swapped.",
                now=self.as_they_are.share,
                turned=self.turned.share,
            )
        values = {"right": self.as_they_are.right, "count": self.as_they_are.count, "share": self.as_they_are.share}
        if not self.looks_wrong:
            return _(
                "The shipped model predicts {right:,} of {count:,} of these images correctly ({share:.1%}).", **values
            )
        found = _(
            "The shipped model predicts only {right:,} of {count:,} of these images correctly ({share:.1%}).", **values
        )
        return sentences([found, self._advice])

    @property
    def _advice(self) -> Text:
        if self.otherwise is not None and self._clearly(self.otherwise[1]):
            how, accuracy = self.otherwise
            return _(
                "It predicts {share:.1%} correctly after {how}. Do this to the images in the file, and load it again.",
                share=accuracy.share,
                how=_(how),
            )
        return _(
            "Check that the labels are in the same order as the images, and that the images are upright and not "
            "mirrored."
        )


def judge(images: Gray, labels: Gray) -> Judged:
    """Predict a sample of (N, 28, 28) images with these labels (N,) as they are, and otherwise if that goes badly."""
    chosen = _sample(images, labels)
    predictor = Predictor.of(shipped(), threads=0)
    some, wanted = images[chosen], labels[chosen]
    judged = Judged(predictor.accuracy(some, wanted), predictor.accuracy(some.transpose(0, 2, 1), wanted))
    if judged.as_they_are.share >= FIT:
        return judged
    tried = {how: predictor.accuracy(np.ascontiguousarray(do(some)), wanted) for how, do in ORIENTATIONS.items()}
    best = max(tried, key=lambda how: tried[how].right)
    return Judged(judged.as_they_are, judged.turned, (best, tried[best]))


def _sample(images: Gray, labels: Gray) -> npt.NDArray[np.int64]:
    """Some places, whatever the order: a data set has the same sample after it has been saved and divided."""
    hashes = [zlib.crc32(image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)]
    return np.argsort(np.array(hashes, np.uint32), kind="stable")[:SAMPLE]
