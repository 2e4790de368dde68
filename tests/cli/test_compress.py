"""compress: an earlier compression is shown, its models are kept and discarded, and wrong calls are said."""

import json
import os
import threading

import pytest
from typer.testing import CliRunner

from mnist_core.cli import compress, in_process
from mnist_core.cli.app import app
from mnist_core.common import cancelling
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.engine import worker
from mnist_core.evaluation.reports import CompressReport
from mnist_core.jobs import points
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry
from tests.evaluation.points import POINTS
from tests.pages.compressed import has_compressed, write_models


def _said(workspace: Workspace, *words: str) -> str:
    done = CliRunner().invoke(app, ["compress", *words, "--workspace", str(workspace.root)])
    if isinstance(done.exception, StudioError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_an_earlier_compression_is_shown(workspace: Workspace) -> None:
    """A line for each model, no column without a figure, and how to keep one."""
    job = has_compressed(workspace)
    title, *lines, hint = _said(workspace, "--run", job.id).splitlines()
    assert [line.split()[0] for line in lines] == [each.key for each in POINTS]
    assert title.split() == "key kB share kB zipped weights ms validation refused".split()
    assert lines[1].split()[1:3] == ["108", "27%"]
    assert f"compress --run {job.id} --keep KEY" in hint


@pytest.mark.parametrize("keep", ["int8", "int8, tiny", "all"])
def test_models_are_kept_by_their_keys(keep: str, workspace: Workspace) -> None:
    """And told with their ids."""
    job = has_compressed(workspace)
    keys = sorted(each.key for each in POINTS[1:]) if keep == "all" else keep.split(", ")
    said = json.loads(_said(workspace, "--run", job.id, "--keep", keep, "--json"))
    assert sorted(said["kept"]) == keys
    assert {*said["kept"].values()} == {each.id for each in Registry(workspace).all()} - {"shipped"}
    assert (said["run"], len(said["points"])) == (job.id, len(POINTS))
    shown = _said(workspace, "--run", job.id, "--keep", keep)
    assert all(f"models activate {each}" in shown for each in said["kept"].values())


def test_models_are_discarded(workspace: Workspace) -> None:
    """Those that were kept stay."""
    job = has_compressed(workspace)
    said = _said(workspace, "--run", job.id, "--keep", "tiny", "--discard")
    assert f"{len(POINTS) - 1} models of this compression were deleted." in said
    assert points.keys(Run.at(workspace, job.id)) == []
    assert [each.name for each in Registry(workspace).all()] == ["MNIST Studio tiny", "MNIST Studio"]
    assert "--keep" not in _said(workspace, "--run", job.id)
    assert "There were no models to delete." in _said(workspace, "--run", job.id, "--discard")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--discard"], "--discard needs --run"),
        (["--run", "RUN", "--epochs", "3"], r"takes no settings\. Leave out --epochs"),
        (["--run", "RUN", "--keep", "int8, huge"], r"has no model 'huge'\. Available: int8, "),
        (["--dataset", "digits", "--keep", "int8, huge"], r"makes no model 'huge'\. Choose from: int8, all\."),
        (["--dataset", "digits", "--sparsity", "50", "--keep", "sparse80"], "Choose from: int8, sparse50, sparse50-i"),
        (["--run", "nothing"], "There is no run 'nothing'"),
        (["--sparsity", "90, 50"], "--sparsity must be rising whole percentages from 0 to 95"),
        (["--sparsity", "99"], "--sparsity must be rising whole percentages from 0 to 95"),
        (["--low-rank", "1"], "--low-rank must be less than 1, not 1"),
        (["--model", "nobody"], "There is no model 'nobody'"),
        (["--drawings", "missing.jsonl"], "missing.jsonl"),
    ],
)
def test_a_wrong_call_is_said(words: list[str], message: str, workspace: Workspace) -> None:
    """What is allowed, and what was given; nothing is started or kept."""
    job = has_compressed(workspace)
    with pytest.raises(StudioError, match=message):
        _said(workspace, *[job.id if each == "RUN" else each for each in words])
    assert len(Jobs(workspace).page(limit=5)) == 1
    assert [each.id for each in Registry(workspace).all()] == ["shipped"]


def test_a_new_compression_keeps_its_models(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a stop left out are named after the table."""

    def work(job: Job, place: Workspace, *_: object) -> CompressReport:
        return write_models(Run.at(place, job.id), stopped=True)

    monkeypatch.setattr(compress, "work", work)
    asked = ["compress", "--dataset", "digits", "--sparsity", "50,60", "--workspace", str(workspace.root)]
    done = CliRunner().invoke(app, [*asked, "--keep", "int8,sparse60"])
    assert "models activate" in done.output
    assert str(done.exception).endswith(
        "has no model 'sparse60'. Available: int8, sparse50, sparse80, sparse80-int8, tiny."
    )
    assert [each.name for each in Registry(workspace).all()] == ["MNIST Studio int8", "MNIST Studio"]


@pytest.mark.parametrize("finished", [True, False])
def test_ctrl_c_keeps_what_is_finished(finished: bool, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a stop in the app does."""
    monkeypatch.setattr(cancelling._state, "asked", 0)

    def stopped(job: Job, place: Workspace, leave: threading.Event, *_: object) -> Job:
        run, jobs = Run.at(place, job.id), Jobs(place)
        jobs.set_state(job.id, "running")
        monkeypatch.setattr(cancelling._state, "asked", 2)
        cancelling._state.at_first()  # what the first Ctrl-C does
        assert run.command() == "stop"
        assert not leave.is_set()
        if finished:
            write_models(run, stopped=True)
        jobs.set_state(job.id, "stopped", *([] if finished else ["nothing_kept"]))
        return jobs.get(job.id)

    monkeypatch.setattr(worker, "work", stopped)
    job = Jobs(workspace).submit("compress", CompressConfig(), by=Process.of(os.getpid()))
    if finished:
        assert in_process.work(job, workspace, "", CompressReport).stopped
    else:
        with pytest.raises(cancelling.Cancelled, match=r"^Cancelled\. It cannot be resumed\. Start it again\.$"):
            in_process.work(job, workspace, "", CompressReport)


def test_another_kind_of_run_is_said(workspace: Workspace) -> None:
    job = Jobs(workspace).submit("train", TrainConfig())
    with pytest.raises(StudioError, match="is not a compression"):
        _said(workspace, "--run", job.id)
