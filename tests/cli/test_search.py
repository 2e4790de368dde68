"""search: its result for programs, and going on after its process was killed."""

import signal
import time
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.jobs import trials
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.cli.test_commands import call, report, start

WORDS = (
    "search", "--architecture", "mlp", "--epochs", "3", "--trials", "3", "--range", "learning_rate=0.001..0.1",
    "--choice", "optimizer=adam,sgd",
)  # fmt: skip


@pytest.mark.slow
def test_a_killed_search_is_resumed_without_duplicates(workspace: Workspace, tiny_npz: Path) -> None:
    """The same trials as without it."""
    words = (*WORDS, "--dataset", str(tiny_npz))
    straight = report(Workspace.open(workspace.root.parent / "other"), *words)
    with start(workspace, *words) as process:
        while not any(workspace.runs.glob("*/trials/0002/checkpoints/*.npz")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    (job,) = Jobs(workspace).page(limit=5)
    assert [each.number for each in trials.read(Run.at(workspace, job.id))] == [1, 2]
    resumed = report(workspace, "search", "--resume", job.id)
    assert resumed["run"] == job.id
    assert resumed["best"] == straight["best"]
    wanted = [(each["number"], each["settings"], each["state"], each["accuracy"]) for each in straight["trials"]]
    assert [(e["number"], e["settings"], e["state"], e["accuracy"]) for e in resumed["trials"]] == wanted
    status, _, err = call(workspace, "search", "--resume", job.id)
    assert (status, "cannot be resumed" in err) == (2, True)
