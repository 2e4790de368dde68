"""The table of kinds of job: every line is complete, and a new one is a function and a line."""

import inspect
import json
import os
import threading
from typing import get_type_hints

import pytest
from typer.testing import CliRunner

from mnist_core.cli.app import app as command_line
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.engine.context import RunContext
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import FineTuneReport, Report, TrainReport
from mnist_core.jobs import preflight
from mnist_core.jobs.kinds import KINDS, kind_of, listed
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.jobs.new_kind import CountConfig, new_kind

TRAIN_REPORT = TrainReport(
    model="m", model_id="m", test_accuracy=0.9, validation_accuracy=0.9, onnx_difference=0.0, best_epoch=1, epochs=1,
    fit_seconds=1.0, device="cpu", warnings=[], seed=0, total_seconds=2.0,
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_complete(name: str) -> None:
    """Its function needs one context and returns the kind's report; its config has defaults for a form."""
    kind = KINDS[name]
    assert kind.name == name
    function = kind.load()
    parameter, *optional = inspect.signature(function).parameters.values()
    assert not [each for each in optional if each.default is each.empty]
    hints = get_type_hints(function)
    assert hints[parameter.name] == RunContext[kind.config]
    assert hints["return"] is kind.report
    assert kind.config().groups()
    assert issubclass(kind.report, Report)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_asked_for_and_read_again(name: str, workspace: Workspace) -> None:
    """The queue and the run's folder know it by its name."""
    jobs = Jobs(workspace)
    config = KINDS[name].config()
    job = jobs.submit(name, config, drawings=[])
    run = Run.at(workspace, job.id)
    settled = preflight.settled(config, workspace)
    assert (run.kind(), run.config(), run.report(), run.can_go_on) == (name, settled, None, False)
    others = dict.fromkeys(("fine_tune", "federate", "federate_serve"), "drawings")
    others |= {"make_onnx": "nothing", "export": "nothing"}
    assert run.learns_from() == others.get(name, "mnist")
    assert (job in jobs.page(limit=5)) == (name in listed())
    assert jobs.claim_next(Process.of(os.getpid())) is not None
    assert ("checkpoint" in job.on_resume) == KINDS[name].resumes


def test_a_new_kind_is_a_function_and_a_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits in the queue, is done by a trainer, tells its progress, and leaves its report and its state."""
    monkeypatch.setitem(KINDS, "count", new_kind())
    jobs = Jobs(workspace)
    job = jobs.submit("count", CountConfig(), by=Process.of(os.getpid()))
    assert job.name.startswith("to 3, ")
    phases = []
    ended = work(job, workspace, threading.Event(), lambda progress: phases.append(progress.epoch))
    run = Run.at(workspace, job.id)
    assert (ended.state, phases, len(run.records())) == ("completed", [1, 2, 3], 3)
    assert run.report() == Report(total_seconds=7.0)
    assert (run.config(), run.learns_from(), ended.label) == (CountConfig(), "numbers", "count-up")
    assert [each.id for each in jobs.page(limit=5)] == [job.id]


@pytest.mark.parametrize("resumes", [False, True])
def test_the_command_line_lists_a_new_kind(
    resumes: bool, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its label and its data, and says how to resume it if that is possible."""
    monkeypatch.setitem(KINDS, "count", new_kind(resumes=resumes))
    jobs = Jobs(workspace)
    job = jobs.submit("count", CountConfig(), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "interrupted")
    (row,) = json.loads(_command(workspace, "runs", "list", "--json"))["runs"]
    assert (row["kind"], row["data"], row["state"]) == ("count-up", "numbers", "interrupted")
    hint = f"interrupted or failed run: mnist-studio count-up --resume {job.id}"
    assert (hint in _command(workspace, "runs", "list")) == resumes
    with pytest.raises(InputError, match=f"is not a training.*{'count-up --resume' if resumes else 'Start it again'}"):
        _command(workspace, "train", "--resume", job.id)


def test_a_report_of_another_kind_is_named(workspace: Workspace) -> None:
    """By its code."""
    run = Run.create(workspace, "r", "train", KINDS["train"].config())
    run.write_report(TRAIN_REPORT)
    with pytest.raises(UnreadableError, match="Run r has a report of another kind than “fine_tune”"):
        run.report_as(FineTuneReport)


def _command(workspace: Workspace, *words: str) -> str:
    done = CliRunner().invoke(command_line, [*words, "--workspace", str(workspace.root)])
    if isinstance(done.exception, StudioError):
        raise done.exception
    return " ".join(done.output.split())


def test_a_kind_that_nobody_knows_is_said_to_be_one() -> None:
    """A newer version may have made the job."""
    with pytest.raises(UnreadableError, match=r"unknown kind 'dance'.*train"):
        kind_of("dance", "Run r")
