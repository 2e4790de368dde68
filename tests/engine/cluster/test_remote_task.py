"""The driver's side of a task, with workers that are none: what it tells them, and when it gives up."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.cluster import remote_task as remote_task_module
from mnist_core.engine.cluster.connection import ClusterGone
from mnist_core.engine.cluster.messages import Order, Update, WorkerInfo
from mnist_core.engine.cluster.remote_task import MOST_LOSSES, RemoteTask
from mnist_core.engine.context import RunContext
from tests.engine.cluster.conftest import wait_for
from tests.engine.trainings import Free, start

TASK = "mnist_core.engine.training.train:train"


class Workers:
    """A cluster whose workers answer with what the test says, and the calls that they get."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Any]] = {
            "info": lambda: WorkerInfo(remote_task_module.__version__, "a"),
            "begin": lambda: None,
            "obey": lambda: None,
            "look": Update,
        }
        self.calls: list[tuple[Any, ...]] = []
        self.now = 0.0
        """The driver's clock."""
        self.news = threading.Event()

    def worker(self) -> Any:
        return SimpleNamespace(**{name: SimpleNamespace(remote=self._call(name)) for name in self.answers})

    def _call(self, name: str) -> Callable[..., Callable[[], Any]]:
        def remote(*given: Any) -> Callable[[], Any]:
            self.calls.append((name, *given))
            return self.answers[name]

        return remote

    def orders(self) -> list[str]:
        """Those that workers got, with a task or after it."""
        return [call[-1] for call in self.calls if call[0] in ("begin", "obey")]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    found = Workers()
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # read once, when Ray is imported; later tests need it
    monkeypatch.setattr("ray.put", lambda value: value)
    monkeypatch.setattr("ray.wait", lambda answers, timeout: (answers, []))
    monkeypatch.setattr("ray.get", lambda answer: answer())
    monkeypatch.setattr(remote_task_module, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


@pytest.fixture
def remote_task(workers: Workers, config: TrainConfig, workspace: Workspace) -> RemoteTask:
    """It has begun to look for a worker."""
    cluster: Any = workers
    dataset: Any = None
    found = RemoteTask(cluster, TASK, RunContext(config, workspace, start(config, workspace), Free()), dataset)
    found.begin()
    return found


def test_an_order_during_the_sending_of_a_task_reaches_the_worker(workers: Workers, remote_task: RemoteTask) -> None:
    """The driver looks no more while it is paused itself, so whoever sends the task must pass the order on."""
    sending, sent = threading.Event(), threading.Event()

    def begin() -> None:
        sending.set()
        sent.wait()

    workers.answers["begin"] = begin
    remote_task.advance()
    sending.wait()
    remote_task.tell("pause")
    assert workers.orders() == ["run"]
    sent.set()
    wait_for(lambda: workers.orders() == ["run", "pause"])
    remote_task.tell("pause")
    remote_task.tell("run")
    assert workers.orders() == ["run", "pause", "run"]


def test_an_order_before_the_task_goes_with_it(workers: Workers, remote_task: RemoteTask) -> None:
    remote_task.tell("pause")
    wait_for(lambda: remote_task.advance() or remote_task.begun)
    assert workers.orders() == ["pause"]


def test_a_stopped_task_does_not_go_on(workers: Workers, remote_task: RemoteTask) -> None:
    """The driver of a search orders all trials to run after a pause, those that the pruner has ended, too."""
    orders: tuple[Order, ...] = ("stop", "pause", "run")
    for order in orders:
        remote_task.tell(order)
    wait_for(lambda: remote_task.advance() or remote_task.begun)
    assert workers.orders() == ["stop"]


def test_a_known_worker_gets_its_task_at_once(workers: Workers, remote_task: RemoteTask) -> None:
    """Nobody asks who it is."""
    workers.calls.clear()
    remote_task.begin(workers.worker())
    wait_for(lambda: remote_task.advance() or remote_task.begun)
    assert workers.calls[0][0] == "begin"


def test_no_order_reaches_a_worker_that_has_another_task(workers: Workers, remote_task: RemoteTask) -> None:
    """The pruner may want a trial to end that is complete."""
    wait_for(lambda: remote_task.advance() or remote_task.begun)
    assert remote_task.release() is not None
    remote_task.tell("stop")
    assert workers.orders() == ["run"]


def test_its_time_is_that_of_all_its_workers(workers: Workers, remote_task: RemoteTask) -> None:
    from ray.exceptions import RayActorError

    def die() -> None:
        workers.now += 60
        workers.answers["look"] = Update
        raise RayActorError

    workers.now = 1000.0
    workers.answers["look"] = die
    wait_for(lambda: remote_task.advance() or remote_task.warnings)
    wait_for(lambda: remote_task.advance() or remote_task.begun)
    workers.now += 5
    assert remote_task.seconds == 65


def test_a_slow_line_is_no_dead_cluster(workers: Workers, remote_task: RemoteTask) -> None:
    """A task may travel for minutes."""
    sending, sent = threading.Event(), threading.Event()
    workers.answers["begin"] = lambda: (sending.set(), sent.wait())
    remote_task.advance()
    sending.wait()
    workers.now += 2 * remote_task_module.SILENCE_S
    assert remote_task.advance() is None
    workers.now += remote_task_module.TRANSFER_S
    with pytest.raises(ClusterGone):
        remote_task.advance()
    sent.set()


def test_a_silent_cluster_has_gone(remote_task: RemoteTask, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not even say whether there is an answer. A driver that was paused for long starts to count anew."""
    asked, answered = threading.Event(), threading.Event()
    monkeypatch.setattr("ray.wait", lambda answers, timeout: (asked.set(), answered.wait()))
    workers.now += 1e6
    assert remote_task.advance() is None
    asked.wait()
    workers.now += 2 * remote_task_module.SILENCE_S
    with pytest.raises(ClusterGone):
        remote_task.advance()
    answered.set()


@pytest.mark.parametrize("what", ["worker", "node"])
def test_a_task_that_kills_its_workers_fails(what: str, workers: Workers, remote_task: RemoteTask) -> None:
    """After as many of them as `MOST_LOSSES` says, if it gets no further. An answer may die with its node."""
    from ray.exceptions import ObjectReconstructionFailedError, RayActorError

    def die() -> None:
        raise RayActorError if what == "worker" else ObjectReconstructionFailedError("00", None, "")

    workers.answers["look"] = die
    with pytest.raises(StudioError, match=f"^{MOST_LOSSES} workers died"):
        wait_for(lambda: remote_task.advance())
    assert [call[0] for call in workers.calls].count("begin") == MOST_LOSSES
    assert remote_task.worker is None
