"""An ensemble whose members are tasks of a cluster, with workers that are none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.cluster import cluster, ensemble, pool
from mnist_core.engine.cluster.connection import ClusterGone
from mnist_core.engine.cluster.messages import Ended, Order
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.training.members import train_member, train_one_by_one
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs import members, speed
from mnist_core.jobs.nodes import Node
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.cluster.workers import OnWorker, Worker
from tests.engine.trainings import Done, Free, go, start


@pytest.fixture(scope="session")
def config(config: TrainConfig) -> TrainConfig:
    return config.model_copy(update={"ensemble_size": 3})


class Fake(OnWorker):
    """A remote task that trains its member at once, here. The test may say what `advance` does instead."""

    def __init__(self, cluster: Any, function: str, context: RunContext[Any], dataset: Any) -> None:
        self.begun, self.order = True, "run"
        self.context, self.number = context, members.number_of(context.run)

    def tell(self, order: Order) -> None:
        self.order = order

    def advance(self) -> Ended | None:
        train_member(RunContext(self.context.config, self.context.workspace, self.context.run, Free()))
        return Ended("done")


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Have a cluster of two CPUs whose remote tasks advance like this."""

    @contextmanager
    def connected(*_: Any) -> Iterator[list[Node]]:
        yield [Node("a", 2, 0)]

    monkeypatch.setattr(ensemble, "connected", connected)
    monkeypatch.setattr(ensemble, "put", lambda _: None)
    monkeypatch.setattr(cluster, "LOOK_S", 0.0)
    monkeypatch.setattr(pool, "RemoteTask", Fake)
    return lambda function: monkeypatch.setattr(Fake, "advance", function)


def there(config: TrainConfig, workspace: Workspace, run: Run, control: Any = None) -> TrainReport:
    context = RunContext(config, workspace, run, control or Free(), compute=Compute(cluster="a"))
    return ensemble.train_on_workers(context)


def test_a_cluster_that_goes_away(config: TrainConfig, workspace: Workspace, advance: Any) -> None:
    """What came home goes on there or here, and ends as it does in one network."""
    train = Fake.advance

    looks = iter([None])

    def go_away(task: Fake) -> Ended | None:
        if task.number == 0:
            return train(task)
        for look in looks:
            return look
        raise ClusterGone

    advance(go_away)
    run = start(config, workspace)
    with pytest.raises(Interrupted):
        there(config, workspace, run)
    assert run.can_go_on
    assert run.progress().step
    trained: list[int] = []
    advance(lambda task: (trained.append(task.number), train(task))[1])
    report = there(config, workspace, run)
    assert trained == [1, 2]
    found = Done(workspace, run, config, Registry(workspace).get(report.model_id), report)
    together = go(config, workspace, start(config, workspace, "together"))
    assert all(np.array_equal(a, b) for a, b in zip(found.weights, together.weights, strict=True))
    assert found.report.test_accuracy == together.report.test_accuracy


def test_a_member_that_fails_ends_the_training(config: TrainConfig, workspace: Workspace, advance: Any) -> None:
    """As a failure does at home."""
    advance(lambda _: Ended("failed", reason=Text("Too little memory.")))
    with pytest.raises(StudioError, match="Too little memory"):
        there(config, workspace, start(config, workspace))


def test_a_stop_does_not_wait_for_room(config: TrainConfig, workspace: Workspace, advance: Any) -> None:
    """Members that no worker has begun are left out; without any, there is no model."""

    def wait(task: Fake) -> Ended | None:
        task.begun = False
        return None

    advance(wait)
    with pytest.raises(Stop):
        there(config, workspace, start(config, workspace), Free(20, Stop))
    assert Registry(workspace).all() == [shipped()]


def test_the_last_member_holds_one_worker(config: TrainConfig, workspace: Workspace, advance: Any) -> None:
    """The other one is given back."""
    Worker.alive.clear()
    train, looks, alive = Fake.advance, iter(range(4)), list[int]()

    def last(task: Fake) -> Ended | None:
        if task.number == 2:
            alive.append(len(Worker.alive))
            if next(looks, None) is not None:
                return None
        return train(task)

    advance(last)
    there(config, workspace, start(config, workspace))
    assert alive[-1] == 1


def test_a_cluster_says_nothing_about_this_machine(
    config: TrainConfig, workspace: Workspace, advance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its speed is that of other machines."""
    monkeypatch.setattr(speed, "SHORT_S", 0.0)
    there(config, workspace, start(config, workspace))
    assert speed.known(workspace) is None


def test_it_goes_on_at_home(config: TrainConfig, workspace: Workspace, advance: Any) -> None:
    """The members that are complete are not trained again."""
    train = Fake.advance

    def save(task: Fake) -> Ended | None:
        if task.number == 0:
            return train(task)
        return Ended("interrupted") if task.order == "interrupt" else None

    advance(save)
    run = start(config, workspace)
    with pytest.raises(Interrupted):
        there(config, workspace, run, Free(20, Interrupted))
    report = train_one_by_one(RunContext(config, workspace, run, Free()))
    assert not report.stopped
    assert report.epochs == config.epochs
