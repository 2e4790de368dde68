"""Clipping and noise, measured on clients whose updates are known."""

import numpy as np
import pytest

from mnist_core.config.federated import FederateConfig

pytest.importorskip("flwr", reason="Flower is not installed: see docs/federated.md")

from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from mnist_core.engine.federated import rounds
from mnist_core.engine.federated.client_app import ARRAYS, METRICS, WEIGHT
from mnist_core.engine.federated.grid import InMemoryGrid
from mnist_core.engine.federated.strategy import epsilon_of, strategy_of
from mnist_core.engine.fine_tuning.learner import Weights

CLIENTS = 4
SHAPE = (100, 100)
INITIAL = np.ones(SHAPE, np.float32)


def change_after_a_round(update: float, noise_multiplier: float) -> np.ndarray:
    """How the weights change if each client changes each weight by `update`. The clipping norm is 0.5."""
    app = ClientApp()

    @app.train()
    def train(message: Message, _context: Context) -> Message:
        (weights,) = message.content[ARRAYS].to_numpy_ndarrays()
        records = {ARRAYS: ArrayRecord([weights + np.float32(update)]), METRICS: MetricRecord({WEIGHT: 1.0})}
        return Message(RecordDict(records), reply_to=message)

    found: list[np.ndarray] = []

    def after(_number: int, weights: Weights, _trained: int) -> None:
        found.extend(weights)

    config = FederateConfig(noise_multiplier=noise_multiplier, clipping_norm=0.5)
    grid = InMemoryGrid(app, CLIENTS)
    rounds.train(config, grid, strategy_of(config, CLIENTS), [INITIAL], [1], after)
    return found[0] - INITIAL


@pytest.mark.parametrize(("update", "norm"), [(0.1, 0.5), (0.002, 0.2)])
def test_a_change_is_no_longer_than_the_clipping_norm(update: float, norm: float) -> None:
    """A long change is shortened; a short one stays as it is."""
    assert np.linalg.norm(change_after_a_round(update, noise_multiplier=1e-5)) == pytest.approx(norm, rel=0.01)


def test_the_mean_gets_noise() -> None:
    """Its standard deviation is noise multiplier × clipping norm ÷ clients."""
    change = change_after_a_round(1e-6, noise_multiplier=2.0)
    assert change.std() == pytest.approx(2.0 * 0.5 / CLIENTS, rel=0.05)
    assert abs(change.mean()) < 0.02


def test_an_infinite_epsilon_is_none() -> None:
    """JSON has no infinity."""
    assert epsilon_of(FederateConfig(), 3) is None
    assert epsilon_of(FederateConfig(noise_multiplier=1e-4), 3) is None
    assert (epsilon_of(FederateConfig(noise_multiplier=1.0), 4) or 0.0) == pytest.approx(7.6, abs=0.1)
