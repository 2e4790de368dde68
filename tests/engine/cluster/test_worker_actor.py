"""A worker's side, without Ray."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.cluster import scratch
from mnist_core.engine.cluster.folder import Changes
from mnist_core.engine.cluster.messages import Task, TravellingModel, Update
from mnist_core.engine.cluster.worker_actor import WorkerActor
from mnist_core.engine.context import RunContext
from mnist_core.jobs.process import Process
from mnist_core.models.registry import shipped
from tests.engine.cluster.conftest import wait_for


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def work(context: RunContext[TrainConfig]) -> str:
    """What a task calls in these tests."""
    (context.run.folder / "report.json").write_text("{}")
    return Path(context.config.drawings).read_text()


@pytest.fixture
def worker(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> WorkerActor:
    for name in ("KERAS_BACKEND", "TF_NUM_INTRAOP_THREADS"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    return WorkerActor(os.environ["KERAS_BACKEND"] or "tensorflow", 1)


def test_nothing_private_stays(worker: WorkerActor, temporary: Path, tiny_npz: Path, workspace: Workspace) -> None:
    """Neither drawings nor models nor the run, task after task."""
    travelling = TravellingModel.of(shipped())
    for number in range(2):
        task = Task(
            f"{__name__}:work", f"run-{number}", "train", TrainConfig(dataset=str(tiny_npz)), {},
            {"drawings": ("mine.jsonl", b"private")}, (TravellingModel("m1", travelling.card, travelling.files),),
        )  # fmt: skip
        worker.begin(task, datasets.load(str(tiny_npz), workspace), "run")
        update: list[Update] = []

        def ended(update: list[Update] = update) -> bool:
            update.append(worker.look())
            return update[-1].ended is not None

        wait_for(ended)
        assert update[-1].ended is not None
        assert (update[-1].ended.how, update[-1].ended.result) == ("done", "private"), update[-1].ended.trace
        assert any("report.json" in each.changes.written for each in update)
        assert [path for path in temporary.rglob("*") if path.is_file()] == []
        assert worker.look().changes == Changes()


def test_what_killed_workers_have_left_is_removed(worker: WorkerActor, temporary: Path) -> None:
    """But not what belongs to a worker that lives, or to another program."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        started = Process.of(other.pid).started
        left = temporary / f"mnist-studio-{other.pid}-{started:.2f}-abc_1"
        (left / "1" / "models").mkdir(parents=True)
        (temporary / "mnist-studio-mine").mkdir()
        own = scratch.new()
        worker.info()
        assert left.exists()
    finally:
        other.kill()
        other.wait()
    worker.info()
    assert not left.exists()
    assert own.exists()
    assert (temporary / "mnist-studio-mine").exists()
