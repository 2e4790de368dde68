"""The estimated time of a training."""

import pytest

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import training_time


def test_every_architecture_has_a_cost() -> None:
    assert set(training_time.COSTS) == set(ARCHITECTURES)


def test_the_time_follows_the_settings() -> None:
    """Twice the epochs take twice as long; fewer images and a faster machine take less."""

    def seconds(config: TrainConfig, speed: float) -> float:
        return training_time.seconds(config, 60_000, speed) - training_time.BUILDING_S

    one = seconds(TrainConfig(epochs=1), 1000.0)
    assert 54 < one < 60
    assert seconds(TrainConfig(epochs=2), 1000.0) == pytest.approx(2 * one)
    assert seconds(TrainConfig(epochs=1), 2000.0) == pytest.approx(one / 2)
    assert seconds(TrainConfig(epochs=1, train_subset=6_000), 1000.0) < one / 4
    assert seconds(TrainConfig(epochs=1, outliers=6_000), 1000.0) > one
    assert seconds(TrainConfig(epochs=1, rotation=10.0), 1000.0) > one
