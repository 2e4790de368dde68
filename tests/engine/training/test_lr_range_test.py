"""The learning-rate range test suggests a rate that trains."""

import math
import os
import threading
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard
from mnist_core.engine.training.lr_range_test import HIGHEST, LOWEST, find_learning_rate, suggestion
from mnist_core.engine.worker import work
from mnist_core.evaluation import charts
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped


class Impatient:
    """A control that wants the test to end after a few looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def check(self) -> float:
        self.looks -= 1
        if self.looks < 0:
            raise Discard
        return 0.0


@pytest.fixture
def config(tiny_npz: Path) -> TrainConfig:
    return TrainConfig(architecture="fast", dataset=str(tiny_npz), batch_size=32, dropout=0)


def test_the_suggestion_is_a_tenth_of_the_best_rate() -> None:
    """A loss that falls until 0.1 and explodes then: 0.01, give or take the smoothing."""
    rates = [10 ** (-5 + 5 * n / 100) for n in range(101)]
    losses = [2.3 - 0.4 * max(0.0, math.log10(rate) + 4) if rate < 0.1 else 5.0 for rate in rates]
    assert 0.005 < suggestion(rates, losses) < 0.02


def test_a_range_test_is_a_job_without_a_model(config: TrainConfig, workspace: Workspace) -> None:
    """Its rates rise, its suggestion lies between them, its curve can be drawn, and it is not among the runs."""
    jobs = Jobs(workspace)
    job = jobs.submit("lr_find", config, by=Process.of(os.getpid()))
    assert work(job, workspace, threading.Event()).state == "completed"
    run = Run.at(workspace, job.id)
    report, records = run.report() or {}, run.records()
    rates = [record["learning_rate"] for record in records]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(LOWEST)
    assert LOWEST / 10 <= report.suggested_learning_rate <= HIGHEST / 10
    assert len(charts.range_test(records, report.suggested_learning_rate).data) == 2
    assert jobs.page(limit=5) == []
    assert jobs.page() == []
    assert [each.id for each in jobs.page(limit=5, kinds=("lr_find",))] == [job.id]
    assert Registry(workspace).all() == [shipped()]


def test_a_range_test_can_be_stopped(config: TrainConfig, workspace: Workspace) -> None:
    """Between any two of its calls."""
    run = Run.create(workspace, "r", "lr_find", config)
    with pytest.raises(Discard):
        find_learning_rate(RunContext(config, workspace, run, Impatient(5)))
    assert run.report() is None
