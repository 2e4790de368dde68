"""A trainer: takes one job, does it, and says in the database how it ended."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from mnist_core.common import leftovers, log
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext, nobody
from mnist_core.engine.control import Discard, Interrupted, OnProgress, RunControl, Stop
from mnist_core.evaluation.reports import Report
from mnist_core.jobs.compute import read
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import JobKind, kind_of
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run


def work(
    job: Job,
    workspace: Workspace,
    owner_gone: threading.Event,
    on_progress: OnProgress = nobody,
    compute: Compute | None = None,
) -> Job:
    """Do a job that this process has claimed, and return it as it ended. The database records the end first.

    Args:
        compute: where to do it; by default, what the workspace says.

    Raises:
        StudioError: it failed. The message says why or names the log.
    """
    jobs, run = Jobs(workspace), Run.at(workspace, job.id)
    jobs.set_state(job.id, "running")
    leftovers.remove(run.checkpoints)  # of this run when it was killed; nobody else writes there
    leftovers.sweep(workspace)
    try:
        devices.keep_compiled(workspace.compiled)
        control = RunControl(run, owner_gone, lambda paused: jobs.set_state(job.id, "paused" if paused else "running"))
        context = RunContext(run.config(), workspace, run, control, on_progress, compute or read(workspace))
        function = _function(kind_of(job.kind, run.name), context)
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
    except Interrupted as end:
        jobs.set_state(job.id, "interrupted", end.cause)
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


def _function(kind: JobKind, context: RunContext[Any]) -> Callable[[RunContext[Any]], Report]:
    """The kind's own function, or one that has workers of the cluster do it, or the members of an ensemble apart."""
    if not kind.travels:
        return kind.load()
    from mnist_core.engine.training import members  # with Keras, which other kinds may not need

    if not context.compute.cluster:
        return members.train_one_by_one if members.are_apart(context) else kind.load()
    from mnist_core.engine.cluster import ensemble, remote  # Ray is optional and takes a second

    return ensemble.train_on_workers if members.are_apart(context) else partial(remote.on_a_worker, kind)
