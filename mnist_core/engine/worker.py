"""A trainer: takes one job, does it, and says in the database how it ended."""

import threading
import time
from dataclasses import replace

from mnist_core.common import leftovers, log
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext, nobody
from mnist_core.engine.control import Discard, Interrupted, OnProgress, Stop
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import kind_of
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

POLL_S = 0.2


class RunControl:
    """The loop's `Control`: the run's command file, and an event that says that the owner is gone."""

    def __init__(self, jobs: Jobs, run: Run, owner_gone: threading.Event) -> None:
        self._jobs = jobs
        self._run = run
        self._owner_gone = owner_gone
        self._next_look = 0.0

    def check(self) -> float:
        if self._owner_gone.is_set():
            raise Interrupted
        if (now := time.monotonic()) < self._next_look:
            return 0.0
        self._next_look = now + POLL_S
        command = self._run.command()
        paused = 0.0
        if command == "pause":
            paused = self._pause()
            command = self._run.command()  # what ended the pause
        if command == "stop":
            raise Stop
        if command == "discard":
            raise Discard
        return paused

    def _pause(self) -> float:
        self._jobs.set_state(self._run.id, "paused")
        since = time.monotonic()
        while self._run.command() == "pause":
            if self._owner_gone.wait(POLL_S):
                raise Interrupted
        self._jobs.set_state(self._run.id, "running")
        return time.monotonic() - since


def work(job: Job, workspace: Workspace, owner_gone: threading.Event, on_progress: OnProgress = nobody) -> Job:
    """Do a job that this process has claimed, and return it as it ended. The database records the end first.

    Raises:
        StudioError: it failed. The message says why or names the log.
    """
    jobs, run = Jobs(workspace), Run.at(workspace, job.id)
    jobs.set_state(job.id, "running")
    leftovers.remove(run.checkpoints)  # of this run when it was killed; nobody else writes there
    leftovers.sweep(workspace)
    try:
        devices.keep_compiled(workspace.compiled)
        function = kind_of(job.kind, run.name).load()
        context = RunContext(run.config(), workspace, run, RunControl(jobs, run, owner_gone), on_progress)
        with devices.naming_out_of_memory():
            report = function(context)
        run.write_report(report)
        jobs.set_state(job.id, "stopped" if report.stopped else "completed", model_id=report.model_id)
    except Discard:
        jobs.set_state(job.id, "stopped", "discarded")
        jobs.delete(job.id)
        return replace(job, state="stopped", cause="discarded")
    except Stop:
        jobs.set_state(job.id, "stopped", "nothing_kept")
    except Interrupted:
        jobs.set_state(job.id, "interrupted")
    except devices.OutOfMemory:
        message = _(devices.NO_MEMORY)
        jobs.set_state(job.id, "failed", message)
        raise StudioError(message) from None
    except StudioError as error:
        jobs.set_state(job.id, "failed", error.text)
        raise
    except Exception as error:
        message = log.told(error)
        jobs.set_state(job.id, "failed", message)
        raise StudioError(message) from error
    except BaseException:
        jobs.set_state(job.id, "interrupted")
        raise
    return jobs.get(job.id)
