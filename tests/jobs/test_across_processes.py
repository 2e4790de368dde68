"""Several apps and commands on one workspace: real processes that want the same thing at the same moment."""

import subprocess
import sys

import pytest

from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import FILES
from mnist_core.models.registry import SHIPPED, Registry

PROGRAM = """
import os, sys
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry
workspace, run_id = Workspace.open(sys.argv[1]), sys.argv[2]
jobs, run = Jobs(workspace), Run.at(workspace, run_id)
print("ready", flush=True)
input()
try:
    print("done", {})
except StudioError as error:
    print("refused", error)
input()
"""
KEEP = "candidates.keep(workspace, run).id"
RESUME = "jobs.resume(run_id)"
CLAIM = "jobs.claim(run_id, Process.of(os.getpid())).id"


def together(workspace: Workspace, run: Run, *doings: str) -> list[str]:
    """What each process printed that did one of these expressions, all of them at once."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM.replace("{}", doing), str(workspace.root), run.id],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=processes.environment(),
        )
        for doing in doings
    ]  # fmt: skip
    said = []
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout is not None
        said.append(process.stdout.readline().strip())
    for process in started:  # only now: a process that has ended would be found dead by the others
        process.communicate("\n")
    return said


@pytest.mark.slow
def test_a_candidate_is_kept_once(workspace: Workspace) -> None:
    """Keep is pressed in four apps: all get the same model, and its folder is the only one."""
    run = Run.at(workspace, Jobs(workspace).submit("fine_tune", FineTuneConfig(), drawings=[]).id)
    run.candidate.mkdir()
    for name in FILES:
        (run.candidate / name).write_bytes(bytes(10_000_000))
    card = Card(name="tuned", kind="fine-tuned", architecture="mlp", parameters=5, created="", base=SHIPPED, run=run.id)
    candidates.write(run, card, Learned())
    said = together(workspace, run, *[KEEP] * 4)
    (kept, _) = Registry(workspace).all()
    assert said == [f"done {kept.id}"] * 4
    assert [path.name for path in workspace.models.iterdir()] == [kept.id]


@pytest.mark.parametrize("doings", [[RESUME] * 4, [CLAIM] * 4, [RESUME, CLAIM] * 2], ids=["app", "command", "both"])
def test_an_interrupted_job_is_resumed_once(doings: list[str], workspace: Workspace) -> None:
    """By apps, by commands, or by both: one gets it, and the others are told its state."""
    jobs = Jobs(workspace)
    job = jobs.submit("train", TrainConfig(), by=Process(2**22 + 5, 1.0))
    jobs.reconcile()
    said = together(workspace, Run.at(workspace, job.id), *doings)
    assert sum(each.startswith("done") for each in said) == 1
    assert all("Only interrupted and failed runs" in each for each in said if each.startswith("refused"))
