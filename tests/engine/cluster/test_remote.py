"""A job that is done on a cluster, as far as it stays at home."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.cluster import remote
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted
from mnist_core.engine.training.train import train
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs.nodes import Node
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.trainings import Free

pytestmark = pytest.mark.usefixtures("one_step_a_call")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster without room. While the training waits for a worker, a person stops it."""

    @contextmanager
    def connected(*_: Any) -> Iterator[list[Node]]:
        yield [Node("a", 1, 0)]

    class Waiting(remote.RemoteTask):
        def begin(self, worker: Any = None) -> None:
            self._run.tell("stop")

        def advance(self) -> None:
            return None

    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # read once, when Ray is imported; later tests need it
    monkeypatch.setattr(remote, "connected", connected)
    monkeypatch.setattr(remote, "put", lambda _: None)
    monkeypatch.setattr(remote, "RemoteTask", Waiting)


def submit(config: TrainConfig, workspace: Workspace) -> Run:
    return Run.at(workspace, Jobs(workspace).submit("train", config, by=Process.of(os.getpid())).id)


def there(run: Run, workspace: Workspace) -> str:
    compute = Compute(cluster="127.0.0.1")
    return work(Jobs(workspace).get(run.id), workspace, threading.Event(), compute=compute).state


@pytest.mark.parametrize("early", [True, False])
def test_a_stop_keeps_what_an_earlier_attempt_has_left(
    early: bool, full: None, config: TrainConfig, workspace: Workspace
) -> None:
    """Whether it comes before the connection or while no worker is free."""
    run = submit(config, workspace)
    with pytest.raises(Interrupted):
        train(RunContext(config, workspace, run, Free(4, Interrupted)))
    assert run.can_go_on
    if early:
        run.tell("stop")
    assert there(run, workspace) == "stopped"
    report = run.report_as(TrainReport)
    assert report is not None
    assert report.stopped
    assert Registry(workspace).get(report.model_id).card.run == run.id


def test_a_stop_before_anything_keeps_nothing(full: None, config: TrainConfig, workspace: Workspace) -> None:
    run = submit(config, workspace)
    assert there(run, workspace) == "stopped"
    assert Jobs(workspace).get(run.id).cause == "nothing_kept"
    assert Registry(workspace).all() == [shipped()]
