"""The pictures of the architectures show the networks that are built."""

import pytest

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from mnist_core.evaluation.sketches import sketches
from tests.engine.networks.sketches import measure


def test_every_architecture_has_one() -> None:
    """In the order of the table."""
    assert [*sketches()] == [*ARCHITECTURES]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_is_measured(architecture: str) -> None:
    """If this fails, run `python -m tests.engine.networks.sketches`."""
    assert sketches()[architecture] == measure(architecture)


@pytest.mark.parametrize("outliers", [0, 1])
def test_the_weights_of_an_ensemble(outliers: int) -> None:
    """With one output or two."""
    config = TrainConfig.checked(architecture="fast", ensemble_size=3, outliers=outliers)
    assert sketches()["fast"].weights_of(3, outputs=1 + outliers) == build(config).count_params()
