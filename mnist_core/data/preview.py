"""A look at a data set before it is used: how many images of each digit, thirty of them, and what was converted."""

from dataclasses import dataclass

import numpy as np

from mnist_core.common.language import Text
from mnist_core.data.datasets import Dataset, Images, Labels

SHOWN = 30


@dataclass(frozen=True, eq=False)
class Preview:
    """What a data set has."""

    name: str
    train: tuple[int, ...]
    """Training images of each digit."""
    test: tuple[int, ...]
    """Test images of each digit."""
    images: Images
    """(≤ 30, 28, 28): the same number of each digit, as far as there are any."""
    labels: Labels
    """(≤ 30,)."""
    conversions: tuple[Text, ...]
    """What was found and converted, in sentences."""

    @property
    def count(self) -> int:
        return sum(self.train) + sum(self.test)


def of(dataset: Dataset) -> Preview:
    """The preview of a data set. Its images are the same each time."""
    images, labels = some_of_each(*dataset.examples)
    train, test = (tuple(np.bincount(y, minlength=10).tolist()) for y in (dataset.y_train, dataset.y_test))
    return Preview(dataset.name, train, test, images, labels, dataset.told)


def some_of_each(images: Images, labels: Labels, most: int = SHOWN) -> tuple[Images, Labels]:
    """At most `most` images, the rarest digits first served, in the order of their labels."""
    order = np.random.default_rng(0).permutation(len(labels))
    rank = np.zeros(len(labels), np.int64)
    for digit in range(10):
        places = order[labels[order] == digit]
        rank[places] = np.arange(len(places))
    chosen = np.argsort(rank, kind="stable")[:most]
    chosen = chosen[np.argsort(labels[chosen], kind="stable")]
    return images[chosen], labels[chosen]
