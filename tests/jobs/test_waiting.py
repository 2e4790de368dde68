"""How long a job waits."""

import os

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs import waiting
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.pages.app import ended
from tests.reports import fine_tune_report


def test_a_job_waits_for_what_is_before_it(workspace: Workspace) -> None:
    """The active job says how long it takes; of a waiting one, an earlier one with the same settings does."""
    jobs = Jobs(workspace)
    assert waiting.before(workspace, jobs.unfinished()) is None
    active = jobs.submit("train", TrainConfig(name="active"), by=Process.of(os.getpid()))
    first, last = jobs.submit("train", TrainConfig(epochs=2)), jobs.submit("train", TrainConfig())
    Run.at(workspace, active.id).write_progress(Progress(phase="training", eta_s=65.0))
    assert waiting.before(workspace, jobs.unfinished(), active.id) is None
    wait = waiting.before(workspace, jobs.unfinished(), first.id)
    assert wait is not None
    assert (wait.after.id, wait.text) == (active.id, "About 1 min 5 s.")
    wait = waiting.before(workspace, jobs.unfinished(), last.id)
    assert wait is not None
    assert (wait.after.id, wait.text) == (first.id, "More than 1 min 5 s.")


def test_earlier_runs_tell_how_long_it_takes(workspace: Workspace) -> None:
    """Of fine-tunings, the newest one does, whatever its settings."""
    jobs = Jobs(workspace)
    done = ended(workspace, FineTuneConfig(seed=1), "completed")
    Run.at(workspace, done.id).write_report(fine_tune_report(total_seconds=20.0))
    jobs.submit("fine_tune", FineTuneConfig(steps=99))
    wait = waiting.before(workspace, jobs.unfinished())
    assert wait is not None
    assert (wait.seconds, wait.whole) == (20.0, True)
