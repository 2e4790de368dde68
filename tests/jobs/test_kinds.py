"""The table of kinds of job: every line is complete, and a new one is a function and a line."""

import inspect
import os
import threading
from typing import get_type_hints

import pytest

from mnist_core.common.errors import UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import Report
from mnist_core.jobs.kinds import KINDS, RUNS, JobKind, kind_of
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_complete(name: str) -> None:
    """Its function takes one context and returns the kind's report; its config has defaults for a form."""
    kind = KINDS[name]
    assert kind.name == name
    function = kind.load()
    (parameter,) = inspect.signature(function).parameters
    hints = get_type_hints(function)
    assert hints[parameter] == RunContext[kind.config]
    assert hints["return"] is kind.report
    assert kind.config().groups()
    assert issubclass(kind.report, Report)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_asked_for_and_read_again(name: str, workspace: Workspace) -> None:
    """The queue and the run's folder know it by its name."""
    jobs = Jobs(workspace)
    job = jobs.submit(name, KINDS[name].config(), drawings=[])
    run = Run.at(workspace, job.id)
    assert (run.kind(), run.config(), run.report(), run.can_go_on) == (name, KINDS[name].config(), None, False)
    assert (job in jobs.page(limit=5)) == (name in RUNS)
    assert jobs.claim_next(Process.of(os.getpid())) is not None
    assert ("checkpoint" in job.on_resume) == KINDS[name].resumes


def test_a_new_kind_is_a_function_and_a_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits in the queue, is done by a trainer, tells its progress, and leaves its report and its state."""
    new = JobKind("count", "count", TrainConfig, Report, "tests.jobs.new_kind:count_epochs")
    monkeypatch.setitem(KINDS, "count", new)
    jobs = Jobs(workspace)
    job = jobs.submit("count", TrainConfig(epochs=3), by=Process.of(os.getpid()))
    phases = []
    ended = work(job, workspace, threading.Event(), lambda progress: phases.append(progress.epoch))
    run = Run.at(workspace, job.id)
    assert (ended.state, phases, len(run.records())) == ("completed", [1, 2, 3], 3)
    assert run.report() == Report(total_seconds=0.0)


def test_a_kind_that_nobody_knows_is_said_to_be_one() -> None:
    """A newer version may have made the job."""
    with pytest.raises(UnreadableError, match=r"unknown kind 'dance'.*train"):
        kind_of("dance", "Run r")
