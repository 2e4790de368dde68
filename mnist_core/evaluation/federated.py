"""The figures of a federated model: each client before, alone, federated and pooled; each round."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np

from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, _
from mnist_core.common.records import Part
from mnist_core.evaluation.compression import Score

INSTALL = ('pip install "mnist-studio[federated]"', "pip install --no-deps flwr==1.42.0")
"""Flower's own requirements exclude the versions that this program needs, so it is installed without them."""
WAYS = {
    "before": N_("before"),
    "alone": N_("alone"),
    "federated": N_("federated"),
    "pooled": N_("pooled"),
}
"""Whose drawings the model has learned → what people call it: nobody's, only the client's own, all clients' without
their drawings being shared, all clients' drawings in one place."""
RESAMPLES = 10_000


class ClientScores(Part):
    """How many of a client's held-out drawings each model predicts correctly; None if there is no such model."""

    name: str
    trained: int
    """The drawings that it learns."""
    held_out: int
    before: int
    alone: int | None = None
    federated: int
    pooled: int | None = None

    def share(self, way: str) -> float | None:
        """The accuracy of a model of `WAYS` on the client's held-out drawings."""
        right: int | None = getattr(self, way)
        return None if right is None else right / self.held_out


class RoundFigures(Part):
    """What was measured after a round."""

    number: int
    clients: int
    """How many trained."""
    validation: Score
    """On held-out images of MNIST or of synthetic digits."""


def mean(clients: Sequence[ClientScores], way: str) -> float | None:
    """The mean over the clients of a model's accuracy, each client counting the same."""
    shares = [share for each in clients if (share := each.share(way)) is not None]
    return float(np.mean(shares)) if shares else None


def gain(clients: Sequence[ClientScores], way: str, other: str = "before") -> tuple[float, float, float] | None:
    """The mean over the clients of the gain in accuracy, and its 95% interval: a bootstrap over the clients."""
    pairs = [(each.share(way), each.share(other)) for each in clients]
    gains = np.array([a - b for a, b in pairs if a is not None and b is not None])
    if not len(gains):
        return None
    random = np.random.default_rng(0)
    means = gains[random.integers(len(gains), size=(RESAMPLES, len(gains)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(gains.mean()), float(low), float(high)


def check(find: Callable[[str], object] = find_spec) -> None:
    """Raises:
    InputError: Flower, or a library that it needs, is not installed.
    """
    if any(find(name) is None for name in ("flwr", "httpx", "iterators", "grpc")):
        library, flower = INSTALL
        raise InputError(
            _(
                "Federated learning needs Flower. To install it: {library}, then {flower}",
                library=library,
                flower=flower,
            )
        )
