"""The trainer: a job that it was given, to whatever end."""

import errno
import os
import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.control import Discard
from mnist_core.engine.export.onnx import export
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import Report, TrainReport
from mnist_core.jobs.kinds import KINDS, JobKind
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.trainings import Free, ResourceExhaustedError, do, go, start, submit

pytestmark = pytest.mark.usefixtures("one_step_a_call")


def test_stopping_before_the_first_step_keeps_nothing(config: TrainConfig, workspace: Workspace) -> None:
    """An untrained network is no result."""
    run = submit(config, workspace, "stop")
    assert do(run, workspace) == "stopped"
    assert "anything to keep" in Jobs(workspace).get(run.id).message
    assert Registry(workspace).all() == [shipped()]


def test_discarding_leaves_nothing(config: TrainConfig, workspace: Workspace) -> None:
    """No job, no folder, no model."""
    run = submit(config, workspace, "discard")
    assert do(run, workspace) == "stopped"
    assert Jobs(workspace).page() == []
    assert not run.folder.exists()
    assert Registry(workspace).all() == [shipped()]
    with pytest.raises(Discard):
        go(config, workspace, start(config, workspace), Free(3, Discard))
    assert Registry(workspace).all() == [shipped()]


def test_a_trainer_whose_owner_is_gone_can_be_resumed(config: TrainConfig, workspace: Workspace) -> None:
    """It saves, is interrupted, and completes when it is claimed again."""
    run = submit(config, workspace)
    gone = threading.Event()
    gone.set()
    assert do(run, workspace, gone) == "interrupted"
    assert "from its last checkpoint" in Jobs(workspace).get(run.id).message
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    assert Jobs(workspace).get(run.id).model_id == Registry(workspace).all()[0].id


@pytest.mark.parametrize("torn", ["[]", "[1]", '{"step": "x"}', "null", "\udc80"])
def test_a_killed_run_is_resumed_whatever_lies_in_its_folder(
    torn: str, config: TrainConfig, workspace: Workspace
) -> None:
    """Its half-written checkpoint goes; torn files that tell of its past stop nothing."""
    run = submit(config, workspace)
    gone = threading.Event()
    gone.set()
    assert do(run, workspace, gone) == "interrupted"
    half = run.checkpoints / ".0123456789abcdef.npz"
    half.write_bytes(b"half")
    for name in ("status.json", "metrics.jsonl", "command.json"):
        (run.folder / name).write_text(torn + "\n", encoding="utf-8", errors="surrogateescape")
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    assert not half.exists()


def test_a_run_with_a_torn_config_fails_with_a_sentence(config: TrainConfig, workspace: Workspace) -> None:
    """And can be deleted."""
    run = submit(config, workspace)
    (run.folder / "config.json").write_text("[]")
    with pytest.raises(StudioError, match=r"config\.json of run \S+ is damaged: it is not a JSON object"):
        do(run, workspace)
    assert Jobs(workspace).get(run.id).state == "failed"
    Jobs(workspace).delete(run.id)
    assert not run.folder.exists()


def test_a_stop_while_exporting_changes_nothing(
    config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps were done, so the training is complete."""
    run = submit(config, workspace)

    def stop_and_export(*arguments: Any) -> float:
        run.tell("stop")
        return export(*arguments)

    monkeypatch.setattr("mnist_core.engine.training.register.export", stop_and_export)
    assert do(run, workspace) == "completed"
    assert run.report_as(TrainReport).stopped is False


@pytest.mark.parametrize("cut_off_at", ["write_report", "set_state"])
def test_a_run_registers_one_model(
    cut_off_at: str, config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after it was registered, and resumed: the same model, and the job and its report are complete."""
    run = submit(config, workspace)

    def cut_off(self: Any, *arguments: Any, **more: Any) -> None:
        if cut_off_at == "write_report" or more:
            raise KeyboardInterrupt
        original(self, *arguments)

    owner = Run if cut_off_at == "write_report" else Jobs
    original = getattr(owner, cut_off_at)
    with monkeypatch.context() as patch:
        patch.setattr(owner, cut_off_at, cut_off)
        with pytest.raises(KeyboardInterrupt):
            do(run, workspace)
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    (model, _) = Registry(workspace).all()
    assert Jobs(workspace).get(run.id).model_id == model.id == run.report_as(TrainReport).model_id


def test_a_diverging_training_fails_with_advice(config: TrainConfig, workspace: Workspace) -> None:
    """The loss becomes NaN after some epochs: nothing is registered, the job says what to try."""
    wild = config.model_copy(
        update={"optimizer": "sgd", "learning_rate": 10.0, "l2": 0.1, "schedule": "one-cycle", "epochs": 40}
    )
    run = submit(wild, workspace)
    with pytest.raises(StudioError, match="ten times smaller"):
        do(run, workspace)
    job = Jobs(workspace).get(run.id)
    assert job.state == "failed"
    assert "ten times smaller" in job.message
    assert Registry(workspace).all() == [shipped()]
    kept = sorted(run.checkpoints.iterdir())
    assert len(kept) == 2
    for path in kept:
        with np.load(path) as file:
            assert all(np.isfinite(file[name]).all() for name in file)


def test_memory_that_stays_full_is_a_sentence(
    config: TrainConfig, workspace: Workspace, full_memory: Callable[[int], None]
) -> None:
    """On the CPU there is nothing left to try after the smaller batch."""
    full_memory(9)
    run = submit(config, workspace)
    with pytest.raises(StudioError, match="Out of memory, even with half"):
        do(run, workspace)
    assert Jobs(workspace).get(run.id).state == "failed"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/f"), "/x/f could not be used. The disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/x/f"), "The folder /x is missing"),
        (ZeroDivisionError("division by zero"), "something unexpected (ZeroDivisionError)"),
    ],
)
def test_any_failure_is_a_sentence(
    error: Exception, says: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the job's row and for whoever started it; the traceback is in the log."""

    def fails(_: object) -> Report:
        raise error

    monkeypatch.setattr(JobKind, "load", lambda _: fails)
    jobs = Jobs(workspace)
    job = jobs.submit("train", TrainConfig(), by=Process.of(os.getpid()))
    with pytest.raises(StudioError, match=re.escape(says)):
        work(job, workspace, threading.Event())
    assert jobs.get(job.id).state == "failed"
    assert says in jobs.get(job.id).message
    assert "in fails" in (workspace.root / "studio.log").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_memory_is_a_sentence_whatever_the_job(
    kind: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By any backend's error, it says what to try; it is no fault of the program."""

    def fills_the_memory(_: object) -> Report:
        raise ResourceExhaustedError("OOM when allocating tensor")

    monkeypatch.setattr(JobKind, "load", lambda _: fills_the_memory)
    jobs = Jobs(workspace)
    job = jobs.submit(kind, KINDS[kind].config(), by=Process.of(os.getpid()))
    with pytest.raises(StudioError, match="ran out of memory"):
        work(job, workspace, threading.Event())
    assert (jobs.get(job.id).state, jobs.get(job.id).message[:10]) == ("failed", "The device")
