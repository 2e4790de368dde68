"""A training on a worker of a cluster: as at home, whatever happens on the way."""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.worker_actor import WorkerActor
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.cluster.conftest import Nodes, running, use, wait_for
from tests.engine.trainings import Done, layers_of

WORKER = "ray::WorkerActor"


@pytest.fixture(scope="session")
def long(config: TrainConfig) -> TrainConfig:
    """Long enough for something to happen meanwhile."""
    return config.model_copy(update={"epochs": 150})


def submit(config: TrainConfig, workspace: Workspace) -> Run:
    return Run.at(workspace, Jobs(workspace).submit("train", config, by=Process.of(os.getpid())).id)


def do(
    run: Run,
    workspace: Workspace,
    compute: Compute | None = None,
    once: Callable[[], Any] | None = None,
    gone: threading.Event | None = None,
) -> Job:
    """Do the job.

    Args:
        once: called when the first checkpoint is at home.
        gone: says that the owner of this process is gone.
    """
    left = [once] if once else []

    def on_progress(_: Progress) -> None:
        if left and any(run.checkpoints.glob("[0-9]*.npz")):
            left.pop()()

    return work(Jobs(workspace).get(run.id), workspace, gone or threading.Event(), on_progress, compute or Compute())


def done(run: Run, workspace: Workspace, config: TrainConfig) -> Done:
    report = run.report_as(TrainReport)
    assert report is not None
    return Done(workspace, run, config, Registry(workspace).get(report.model_id), report)


def curve(run: Run) -> list[Any]:
    """What is measured after each epoch."""
    names = ("step", "val_loss", "val_accuracy")
    return [[record[name] for name in names] for record in run.records() if "val_loss" in record]


def step_of(run: Run) -> int:
    return int(run.records()[-1]["step"])


def test_it_is_as_at_home(cluster: Nodes, config: TrainConfig, straight: Done, workspace: Workspace) -> None:
    """Curve, weights, report and model; only the model's name is that of this workspace."""
    run = submit(config, workspace)
    seen: list[Progress] = []
    job = work(Jobs(workspace).get(run.id), workspace, threading.Event(), seen.append, cluster.compute)
    assert job.state == "completed"
    there = done(run, workspace, config)
    assert job.model_id == there.model.id
    assert there.report.test_accuracy == straight.report.test_accuracy
    assert all(np.array_equal(a, b) for a, b in zip(there.weights, straight.weights, strict=True))
    assert len(curve(run)) == config.epochs
    assert curve(run) == curve(straight.run)
    assert layers_of(run.records()[0]) == layers_of(straight.run.records()[0])
    assert {each.phase for each in seen} >= {"connecting", "waiting"}
    assert there.model.card.run == run.id
    assert run.config() == config


@pytest.mark.slow
def test_members_of_an_ensemble_are_trained_at_the_same_time(
    cluster: Nodes, config: TrainConfig, workspace: Workspace
) -> None:
    """Although a worker dies, the model is the one that is trained at home in one network."""
    ensemble = config.model_copy(update={"ensemble_size": 3, "epochs": 60})
    do(at_home := submit(ensemble, workspace), workspace)
    there = submit(ensemble, workspace)
    seen: set[int] = set()
    left = [lambda: cluster.kill(WORKER)]

    def on_progress(_: Progress) -> None:
        begun = list(there.members.glob("*/epochs/0001.npz"))
        seen.add(len(begun))
        if left and len(begun) == 2:
            left.pop()()

    job = work(Jobs(workspace).get(there.id), workspace, threading.Event(), on_progress, cluster.compute)
    assert job.state == "completed"
    assert 2 in seen
    ours, theirs = done(at_home, workspace, ensemble), done(there, workspace, ensemble)
    assert all(np.array_equal(a, b) for a, b in zip(ours.weights, theirs.weights, strict=True))
    assert curve(there) == curve(at_home)
    assert ours.report.test_accuracy == theirs.report.test_accuracy
    assert "Another one went on" in theirs.report.warnings[0]


@pytest.mark.slow
def test_stop_keeps_and_discard_leaves_nothing(cluster: Nodes, long: TrainConfig, workspace: Workspace) -> None:
    """As at home."""
    run = submit(long, workspace)
    assert do(run, workspace, cluster.compute, lambda: run.tell("stop")).state == "stopped"
    report = done(run, workspace, long).report
    assert report.stopped
    assert 0 < report.epochs < long.epochs
    run = submit(long, workspace)
    do(run, workspace, cluster.compute, lambda: run.tell("discard"))
    assert not run.folder.exists()
    assert len(Registry(workspace).all()) == 2
    wait_for(lambda: not cluster.processes(WORKER))


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(cluster: Nodes, long: TrainConfig, workspace: Workspace) -> None:
    """Another one goes on from the last checkpoint, and nobody can tell from the model."""
    at_home = submit(long, workspace)
    do(at_home, workspace)
    there = submit(long, workspace)
    assert do(there, workspace, cluster.compute, lambda: cluster.kill(WORKER)).state == "completed"
    ours, theirs = done(at_home, workspace, long), done(there, workspace, long)
    assert all(np.array_equal(a, b) for a, b in zip(ours.weights, theirs.weights, strict=True))
    assert ours.report.test_accuracy == theirs.report.test_accuracy
    assert "Another one went on" in theirs.report.warnings[0]
    assert curve(there) == curve(at_home)


@pytest.mark.slow
def test_a_pause_is_one_there_too(cluster: Nodes, long: TrainConfig, workspace: Workspace) -> None:
    """The worker stands still, and goes on to its end afterwards."""
    run, steps = submit(long, workspace), list[int]()

    def watch() -> None:
        (folder,) = Path(tempfile.gettempdir()).glob(f"mnist-studio-*/*/runs/{run.id}")
        there = Run(run.id, folder)
        try:
            wait_for(lambda: there.command() == "pause")
            wait_for(lambda: stands_still(there))
            steps.append(step_of(there))
        finally:
            run.tell("run")

    def stands_still(there: Run) -> bool:
        before = step_of(there)
        time.sleep(1)
        return before == step_of(there)

    def pause() -> None:
        run.tell("pause")
        threading.Thread(target=watch).start()

    assert do(run, workspace, cluster.compute, pause).state == "completed"
    assert steps[0] < step_of(run)


@pytest.mark.slow
def test_its_owner_goes(cluster: Nodes, long: TrainConfig, workspace: Workspace) -> None:
    """The worker saves, and the training goes on from there, at home."""
    run, gone = submit(long, workspace), threading.Event()
    assert do(run, workspace, cluster.compute, gone.set, gone).state == "interrupted"
    saved = max(int(path.stem) for path in run.checkpoints.glob("[0-9]*.npz"))
    assert saved == step_of(run)
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace).state == "completed"
    assert done(run, workspace, long).report.epochs == long.epochs


@pytest.mark.slow
def test_a_node_that_dies(
    long: TrainConfig, workspace: Workspace, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of another node goes on. The first one is not on the head node, without which no cluster is left."""
    anywhere, first = Cluster.worker, [True]

    def worker(cluster: Cluster) -> Any:
        if not first:
            return anywhere(cluster)
        first.clear()
        import ray  # once the environment is set
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        (node,) = [each["NodeID"] for each in ray.nodes() if "node:__internal_head__" not in each["Resources"]]
        place = NodeAffinitySchedulingStrategy(node, soft=False)
        kind = ray.remote(num_cpus=cluster.cpus, scheduling_strategy=place)(WorkerActor)
        return kind.remote(keras.backend.backend(), cluster.cpus)

    monkeypatch.setattr(Cluster, "worker", worker)
    run = submit(long, workspace)
    with running(tmp_path_factory.mktemp("cluster")) as nodes:
        use(nodes, monkeypatch)
        job = do(run, workspace, nodes.compute, lambda: nodes.processes(WORKER)[0].parent().kill())
    assert job.state == "completed"
    assert "Another one went on" in done(run, workspace, long).report.warnings[0]


@pytest.mark.slow
def test_a_cluster_that_goes_away(
    long: TrainConfig, workspace: Workspace, tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training is interrupted, and goes on at home."""
    run = submit(long, workspace)
    with running(tmp_path_factory.mktemp("cluster")) as nodes:
        use(nodes, monkeypatch)
        job = do(run, workspace, nodes.compute, lambda: nodes.kill(""))
    assert job.state == "interrupted"
    assert "connection to the cluster was lost" in job.message
    assert Registry(workspace).all() == [shipped()]
    came = step_of(run)
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace).state == "completed"
    assert came > 8
    assert done(run, workspace, long).report.epochs == long.epochs
