"""A search whose trials are tasks of a cluster, with workers that are none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.search import SearchConfig
from mnist_core.engine.cluster import cluster, pool
from mnist_core.engine.cluster.messages import Ended, Order
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.search import on_cluster
from mnist_core.engine.search.proposals import Proposal
from mnist_core.engine.search.search import search
from mnist_core.evaluation.reports import SearchReport
from mnist_core.evaluation.search import Trial
from mnist_core.jobs import trials
from mnist_core.jobs.nodes import Node
from mnist_core.jobs.runs import Run
from tests.engine.cluster.workers import OnWorker, Worker
from tests.engine.trainings import Free

FIGURES = {"accuracy": 0.5, "loss": 0.5, "epochs": 2}
DONE = Ended("done", {"state": "completed", **FIGURES})
STOPPED = Ended("done", {"state": "stopped", **FIGURES, "epochs": 1})
CPUS = 2


class Fake(OnWorker):
    """A remote task. The test says what `advance` does."""

    def __init__(self, cluster: Any, function: str, context: RunContext[Any], dataset: Any) -> None:
        self.run, self.order, self.begun = context.run, "run", True
        self.number = int(context.run.folder.name)

    def tell(self, order: Order) -> None:
        self.order = order if self.order != "stop" else "stop"

    def advance(self) -> Ended | None:
        return DONE


@pytest.fixture
def config(tiny_npz: Path) -> SearchConfig:
    return SearchConfig(
        dataset=str(tiny_npz), architecture="mlp", epochs=2, batch_size=90, trials=4,
        space="learning_rate = 0.001..0.1", pruner=False,
    )  # fmt: skip


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Have a cluster of two CPUs whose remote tasks advance like this."""

    @contextmanager
    def connected(*_: Any) -> Iterator[list[Node]]:
        yield [Node("a", CPUS, 0)]

    monkeypatch.setattr(on_cluster, "connected", connected)
    monkeypatch.setattr(on_cluster, "put", lambda _: None)
    monkeypatch.setattr(cluster, "LOOK_S", 0.0)
    monkeypatch.setattr(pool, "RemoteTask", Fake)
    return lambda function: monkeypatch.setattr(Fake, "advance", function)


def go(config: SearchConfig, workspace: Workspace, control: Any = None, run: Run | None = None) -> SearchReport:
    run = run or Run.create(workspace, "s", "search", config)
    return search(RunContext(config, workspace, run, control or Free(), compute=Compute(cluster="a")))


def states(found: SearchReport) -> list[str]:
    return [each.state for each in found.trials]


def test_only_the_trial_that_kills_its_workers_fails(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """Its last worker is dead, so no other trial gets that."""

    def die(task: Fake) -> Ended:
        if task.number == 1:
            task.worker = None
            raise StudioError(Text("3 workers died."))
        return DONE

    advance(die)
    found = go(config, workspace)
    assert states(found) == ["failed", "completed", "completed", "completed"]
    assert found.trials[0].reason == "3 workers died."


def test_what_stops_all_workers_ends_the_search(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """Such as another version of this program."""

    def refuse(_: Fake) -> None:
        raise InputError(Text("Install the same version."))

    advance(refuse)
    with pytest.raises(InputError, match="same version"):
        go(config, workspace)


def test_the_last_trial_holds_one_worker(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """The other one is given back."""
    Worker.alive.clear()
    looks, alive = iter(range(4)), list[int]()

    def last(task: Fake) -> Ended | None:
        if task.number == config.trials:
            alive.append(len(Worker.alive))
            return DONE if next(looks, None) is None else None
        return DONE

    advance(last)
    go(config, workspace)
    assert alive[-1] == 1


def test_a_stop_does_not_wait_for_room(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """Trials that no worker has begun end at once."""

    def wait(task: Fake) -> Ended | None:
        task.begun = task.number <= CPUS
        return DONE if task.begun else None

    advance(wait)
    found = go(config, workspace, Free(20, Stop))
    assert found.stopped
    assert states(found) == ["completed", "completed", "stopped", "stopped"]


def test_a_stop_ends_trials_unless_they_are_complete(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """The order may come too late. A stopped trial has the figures of what it has trained."""

    def train(task: Fake) -> Ended | None:
        if task.order != "stop":
            return None
        return DONE if task.number == 1 else STOPPED

    advance(train)
    found = go(config, workspace, Free(20, Stop))
    assert states(found) == ["completed", "stopped"]
    assert [each.epochs for each in found.trials] == [2, 1]


def test_a_stop_of_a_resumed_search_keeps_its_trials(config: SearchConfig, workspace: Workspace, advance: Any) -> None:
    """It comes while the images are loaded."""
    run = Run.create(workspace, "s", "search", config)
    settings = {"learning_rate": 0.01}
    trials.write(run, Trial(number=1, settings=settings, state="completed", accuracy=0.5, loss=0.5))
    found = go(config, workspace, Free(-Free.LOOKS_BEFORE, Stop), run)
    assert found.stopped
    assert found.best == (1,)


def test_the_pruner_judges_by_the_curve_that_comes_home(
    config: SearchConfig, workspace: Workspace, advance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trial that has trained all its epochs before the order comes is complete."""

    def train(task: Fake) -> Ended | None:
        task.run.append({"step": 1, "val_accuracy": 0.5, "val_loss": 0.5})
        if task.number == 1:
            return DONE
        if task.order != "stop":
            return None
        return DONE if task.number == 2 else STOPPED

    advance(train)
    monkeypatch.setattr(Proposal, "is_worse", lambda proposal, curve: len(curve) == 1)
    found = go(config.model_copy(update={"pruner": True}), workspace)
    assert states(found) == ["completed", "completed", "pruned", "pruned"]
    assert all(each.curve for each in found.trials)
