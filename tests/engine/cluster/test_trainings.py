"""Several trainings on a cluster, with workers that are none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.cluster import cluster, pool, trainings
from mnist_core.engine.cluster.connection import ClusterGone
from mnist_core.engine.cluster.messages import Ended
from mnist_core.engine.context import RunContext
from mnist_core.jobs.nodes import Node
from tests.engine.cluster.workers import OnWorker, Worker


class Fake(OnWorker):
    """A remote task that takes one look more than the one after it. Its report is its seed."""

    most = 0
    under_way = 0

    def __init__(self, cluster: Any, function: str, context: RunContext[Any], dataset: Any) -> None:
        self.seed = context.config.seed
        self.looks = 3 - self.seed
        assert context.run.config() == context.config

    def begin(self, worker: Any = None) -> None:
        super().begin(worker)
        Fake.under_way += 1
        Fake.most = max(Fake.most, Fake.under_way)

    def advance(self) -> Ended | None:
        self.looks -= 1
        if self.looks > 0:
            return None
        Fake.under_way -= 1
        return Ended("done", self.seed)


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of two CPUs."""

    @contextmanager
    def connected(*_: Any) -> Iterator[list[Node]]:
        yield [Node("a", 2, 0)]

    monkeypatch.setattr(trainings, "connected", connected)
    monkeypatch.setattr(trainings, "put", lambda _: None)
    monkeypatch.setattr(cluster, "LOOK_S", 0.0)
    monkeypatch.setattr(pool, "RemoteTask", Fake)


def reports(config: TrainConfig, workspace: Workspace) -> list[Any]:
    configs = [config.model_copy(update={"seed": seed}) for seed in range(4)]
    return list(trainings.train_all(configs, Compute(cluster="a"), workspace))


def test_reports_come_in_order(config: TrainConfig, workspace: Workspace) -> None:
    """As many at the same time as there is room for; the workspace stays as it is."""
    assert reports(config, workspace) == [0, 1, 2, 3]
    assert Fake.most == 2
    assert not list(workspace.runs.iterdir())


def test_a_failure_loses_no_report_before_it(
    config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the training that fails is faster."""
    advance = Fake.advance
    failed = Ended("failed", reason=Text("It diverged."))
    monkeypatch.setattr(Fake, "advance", lambda task: failed if task.seed == 1 else advance(task))
    configs = [config.model_copy(update={"seed": seed}) for seed in range(2)]
    found = trainings.train_all(configs, Compute(cluster="a"), workspace)
    assert next(found) == 0
    with pytest.raises(StudioError, match="It diverged"):
        next(found)


def test_the_last_training_holds_one_worker(
    config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are given back."""
    Worker.alive.clear()
    advance, alive = Fake.advance, list[int]()

    def count(task: Fake) -> Ended | None:
        alive.append(len(Worker.alive))
        return advance(task)

    monkeypatch.setattr(Fake, "advance", count)
    list(trainings.train_all([config, config.model_copy(update={"seed": 1})], Compute(cluster="a"), workspace))
    assert alive == [2, 2, 2, 2, 1]


@pytest.mark.parametrize(
    ("end", "message"), [(Ended("failed", reason=Text("It diverged.")), "It diverged"), (None, "connection .* lost")]
)
def test_a_failure_ends_them(
    end: Ended | None, message: str, config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Fake) -> Ended:
        if end is None:
            raise ClusterGone
        return end

    monkeypatch.setattr(Fake, "advance", fail)
    with pytest.raises(StudioError, match=message):
        reports(config, workspace)
