"""The learning logger that a training writes."""

from types import SimpleNamespace

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.backends.executor import Figures
from mnist_core.engine.training import metrics_logger as loggers
from mnist_core.engine.training.metrics_logger import MetricsLogger
from mnist_core.engine.training.plan import Plan
from mnist_core.jobs.runs import Run


@pytest.fixture
def logger(workspace: Workspace) -> MetricsLogger:
    run = Run.create(workspace, "r", "train", TrainConfig())
    return MetricsLogger(run, Plan(100, 100, batch=lambda _: np.arange(10), learning_rate=lambda _: 0.1))


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(loggers, "time", SimpleNamespace(monotonic=lambda: seconds))


def take(logger: MetricsLogger, first: int, steps: int) -> None:
    figures = Figures(np.ones(steps, np.float32), np.ones(steps, np.float32))
    logger.add(figures, 10 * steps, first + steps - 1, 0.0, dict)


def test_the_speed_is_that_without_compiling(logger: MetricsLogger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call waits for the compiler, so it does not count; nothing is said before there is a second one."""
    at(monkeypatch, 20.0)
    take(logger, 1, 1)
    assert logger.images_per_s == 0
    at(monkeypatch, 20.5)
    take(logger, 2, 5)
    assert logger.images_per_s == 100


def test_the_speed_is_that_of_the_last_seconds(logger: MetricsLogger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that has become slower says so."""
    for number in range(5):
        at(monkeypatch, number / 10)
        take(logger, 1 + 4 * number, 4)
    assert logger.images_per_s == 400
    for number in range(5):
        at(monkeypatch, 2.0 + number)
        take(logger, 21 + number, 1)
    assert logger.images_per_s == 10
