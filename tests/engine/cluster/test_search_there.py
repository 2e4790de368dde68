"""The trials of a search on the workers of a cluster."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.search import SearchConfig
from mnist_core.engine.search import driver
from mnist_core.engine.search.proposals import Proposal
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import SearchReport
from mnist_core.jobs import trials
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.cluster.conftest import Nodes


@pytest.fixture
def config(tiny_npz: Path) -> SearchConfig:
    """Four trials, two of which can be trained at the same time."""
    return SearchConfig(
        dataset=str(tiny_npz), architecture="mlp", epochs=4, batch_size=30, trials=4, sampler="random",
        space="learning_rate = 0.001..0.1", pruner=False,
    )  # fmt: skip


def search(config: SearchConfig, workspace: Workspace, nodes: Nodes | None) -> tuple[Run, SearchReport, int]:
    """The run, its report, and the most trials that were under way at once."""
    run = Run.at(workspace, Jobs(workspace).submit("search", config, by=Process.of(os.getpid())).id)
    most = 0

    def count(_: Progress) -> None:
        nonlocal most
        most = max(most, sum(trial.state == "running" for trial in trials.read(run)))

    compute = nodes.compute if nodes else None
    job = work(Jobs(workspace).get(run.id), workspace, threading.Event(), count, compute)
    report = run.report_as(SearchReport)
    assert job.state == "completed"
    assert report is not None
    return run, report, most


def figures(report: SearchReport) -> list[tuple[object, ...]]:
    return [(each.number, each.settings, each.accuracy, each.loss, each.epochs) for each in report.trials]


@pytest.mark.slow
def test_it_finds_what_it_finds_at_home(cluster: Nodes, config: SearchConfig, workspace: Workspace) -> None:
    """Two trials at a time, each with its curve at home; no model and no checkpoint stays."""
    run, there, most = search(config, workspace, cluster)
    _run, at_home, _one = search(config, workspace, None)
    assert most == 2
    assert figures(there) == figures(at_home)
    assert there.best == at_home.best
    for each in there.trials:
        trial = trials.run_of(workspace, run, each.number)
        assert len([record for record in trial.records() if "val_loss" in record]) == config.epochs
        assert not list(trial.checkpoints.iterdir())
    assert Registry(workspace).all() == [shipped()]


@pytest.mark.slow
def test_the_pruner_ends_trials_there(
    cluster: Nodes, config: SearchConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the curve that comes home, long before they are complete."""

    class Fussy(Proposal):
        """All trials but the first are worse."""

        def __init__(self, config: Any, space: Any, trials: Any, number: int, settings: Any = None) -> None:
            super().__init__(config, space, trials, number, settings)
            self.number = number

        def is_worse(self, curve: list[float]) -> bool:
            super().is_worse(curve)
            return self.number > 1

    monkeypatch.setattr(driver, "Proposal", Fussy)
    pruned = config.model_copy(update={"pruner": True, "epochs": 150})
    _run, report, _most = search(pruned, workspace, cluster)
    assert [each.state for each in report.trials] == ["completed", "pruned", "pruned", "pruned"]
    assert all(0 < each.epochs < pruned.epochs and each.curve for each in report.trials[1:])
