"""A job in the process of a command, with a progress bar."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from mnist_core.cli.progress_bar import ProgressBar
from mnist_core.cli.shared import command
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import N_, Text, _, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.fields import Config
from mnist_core.data import datasets
from mnist_core.evaluation.reports import Report
from mnist_core.jobs import compute
from mnist_core.jobs.job import CAUSES, Job
from mnist_core.jobs.kinds import KINDS, kind_of
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

R = TypeVar("R", bound=Report)

NOT_ONE = {
    "train": N_("Run {run} is not a training."),
    "search": N_("Run {run} is not a search."),
    "federate": N_("Run {run} is not a federated learning run."),
    "federate_serve": N_("Run {run} is not a federated learning run."),
}
"""Kind → what to say of a run of another kind that a person wants to resume as one."""


def begun(kind: str, config: Config, workspace: Workspace) -> Job:
    """A new job for this process.

    Raises:
        InputError: the config asks for what is not there.
    """
    KINDS[kind].check(config, workspace)
    return Jobs(workspace).submit(kind, config, by=Process.of(os.getpid()))


def resumed(run: str, kind: str, workspace: Workspace, named: str) -> Job:
    """An interrupted or failed job, for this process.

    Args:
        named: the workspace as the person named it.

    Raises:
        InputError: the run is of another kind, or cannot be resumed.
    """
    job = Jobs(workspace).get(run)
    if job.kind != kind:
        raise InputError(sentences([_(NOT_ONE[kind], run=run), go_on(job, named)]))
    return Jobs(workspace).claim(run, Process.of(os.getpid()))


def take_compute(workspace: Workspace, fields: dict[str, Any]) -> Compute:
    """Where to compute, from the flags, which are taken out of `fields`."""
    return compute.wanted(workspace, {name: fields.pop(name) for name in Compute.model_fields if name in fields})


def work(job: Job, workspace: Workspace, named: str, kind: type[R], where: Compute | None = None) -> R:
    """Run the job in this process, with a progress bar. Ctrl-C and TERM save it and exit; a second one exits at once.

    A job that cannot be resumed but keeps what is finished ends like after a Stop.

    Args:
        named: the workspace as the person named it.
        where: to compute it; by default, on this machine.
    """

    def interrupt() -> None:
        with suppress(StudioError):  # it has ended, or the database is locked: then whoever looks next marks it
            Jobs(workspace).set_state(job.id, "interrupted")

    leave, kind_of_job, run = threading.Event(), kind_of(job.kind, job.id), Run.at(workspace, job.id)
    resumes = kind_of_job.resumes

    def ask() -> None:
        if kind_of_job.stop_keeps and not resumes:
            with suppress(StudioError, OSError):  # the disk is full: then a second signal ends it
                run.tell("stop")
            return
        leave.set()
        if not resumes:  # there is nothing to save that would take long
            cancelling.end_after_a_while()

    try:
        with _library_messages_to(run.log) as terminal, ProgressBar(terminal) as bar:
            with cancelling.loading(interrupt):
                reading = threading.Thread(target=_read_mnist, args=(workspace,), daemon=True)
                reading.start()
                from mnist_core.engine import worker

                reading.join()
            with cancelling.saving(ask, interrupt):
                ended = worker.work(job, workspace, leave, bar.update, where or Compute())
    except cancelling.Cancelled:
        interrupt()
        raise
    if ended.state == "interrupted" and ended.cause:
        raise StudioError(sentences([_(CAUSES[ended.cause]), go_on(job, named)]))
    if ended.state == "interrupted":
        saved = [_("It was saved as run {run}.", run=job.id)] if resumes else []
        raise cancelling.Cancelled(sentences([*saved, go_on(job, named)]))
    report = run.report_as(kind)
    if report is None:
        if cancelling.asked():
            raise cancelling.Cancelled(go_on(job, named))
        raise StudioError(sentences([ended.outcome(ended.title), ended.message]))
    return report


def _read_mnist(workspace: Workspace) -> None:
    """Read MNIST while TensorFlow loads."""
    with suppress(StudioError, OSError):  # the job that needs it reports it
        datasets.keep_mnist(workspace)


def go_on(job: Job, named: str) -> Text:
    """A sentence about continuing an interrupted job."""
    if not kind_of(job.kind, _("Run {run}", run=job.id)).resumes:
        return _("It cannot be resumed. Start it again.")
    return _("To resume it: {command}", command=command(f"{job.label} --resume {job.id}", named))


@contextmanager
def _library_messages_to(log: Path) -> Iterator[Console]:
    """Point the process's standard error at the run's log; yield a console that still reaches the terminal.

    TensorFlow's C++ writes to the file descriptor, past Python.
    """
    terminal = os.dup(sys.stderr.fileno())
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    with log.open("ab") as file, os.fdopen(os.dup(terminal), "w", encoding=encoding, errors=errors) as stream:
        os.dup2(file.fileno(), sys.stderr.fileno())
        try:
            yield Console(file=stream, highlight=False)
        finally:
            os.dup2(terminal, sys.stderr.fileno())
            os.close(terminal)
