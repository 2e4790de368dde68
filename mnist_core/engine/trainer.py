"""The standby trainer: a process that has warmed up and waits on standard input for a job's id.

It belongs to the app that started it (`common/owner.py`). End-of-file on standard input, in whatever way the app ended,
means: save and leave. So does TERM.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnist_core.common import cancelling, log, owner, processes
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.jobs import priority
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry

LOOK_S = 3.0
"""How often a waiting trainer looks whether another model is the active one."""
AWAITED_S = 5.0
"""Seconds of full priority after a click on Train; awaited kinds keep it to the end."""

NEEDED_LATER = ("sklearn.model_selection", "onnx", "onnxruntime")


class Preparing:
    """Prepares a fine-tuning of the active model. A model with which that fails is not tried again."""

    def __init__(self, active: Callable[[], str], keep: Callable[[], bool]) -> None:
        """
        Args:
            active: the id of the active model.
            keep: prepares; returns whether it did.
        """
        self._active, self._keep, self._failed = active, keep, ""

    def __call__(self) -> bool:
        """Whether a fine-tuning is prepared."""
        active = ""
        try:
            active = self._active()
            return active != self._failed and self._keep()
        except Exception as error:  # noqa: BLE001 – a model that cannot be prepared must not end other jobs' trainer
            log.told(error)
            self._failed = active
        return False


def main(workspace: Workspace) -> None:
    """Warm up, say so, read a job's id from standard input, and do that job.

    After a fine-tuning that used what was prepared, the trainer waits for the next job. Otherwise it exits, and the
    next job gets a process of its own.

    The job runner lowers this session's share of the processor as it starts it, and takes that back with a job.
    """
    with cancelling.loading(), processes.telling_failure():
        # The seconds that the standby saves: imports, also of what is imported only when it is needed, MNIST itself,
        # and what is slow the first time.
        from mnist_core.engine.fine_tuning import preparation
        from mnist_core.engine.training import speed
        from mnist_core.engine.training.train import warm_up

        prepare = Preparing(
            lambda: Registry(workspace).active().id,
            lambda: preparation.keep_for_the_active_model(workspace, owner.has_said_something),
        )
        for module in NEEDED_LATER:
            importlib.import_module(module)
        with suppress(StudioError, OSError):  # the job that needs it reports it
            datasets.keep_mnist(workspace)
        if not owner.has_said_something() and not prepare():  # else somebody waits
            warm_up()
    word = processes.READY
    while True:
        print(word, flush=True)
        with cancelling.loading():
            while (job_id := owner.next_line(LOOK_S)) is None:
                prepare()
                speed.keep_if_unknown(workspace, owner.has_said_something)
        job = Jobs(workspace).get(job_id)
        if job.kind != "fine_tune":
            preparation.forget()
        with _output_to(Run.at(workspace, job_id).log):
            _do(job, workspace)
        # If its end could not be recorded, the job is marked as interrupted as soon as this process is gone.
        if not preparation.is_kept() or Jobs(workspace).get(job_id).unfinished:
            return
        owner.wait_again()
        word = processes.FREE


def _do(job: Job, workspace: Workspace) -> None:
    from mnist_core.engine.worker import work

    started = time.monotonic()
    keeps_priority = job.kind in KINDS and KINDS[job.kind].awaited

    def once_it_runs(_: Progress) -> None:
        nonlocal keeps_priority
        if not keeps_priority and time.monotonic() - started > AWAITED_S:
            keeps_priority = True
            priority.give_way()

    try:
        with cancelling.saving(owner.gone.set):
            work(job, workspace, owner.gone, once_it_runs)
    except StudioError as error:  # the job's row has it, unless the database itself is what failed
        log.logger.warning("Job %s: %s", job.id, error)


@contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Standard output and standard error go to this file, also those of libraries that are not Python's."""
    streams = (sys.stdout, sys.stderr)
    before = [os.dup(stream.fileno()) for stream in streams]
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in streams:
        os.dup2(output, stream.fileno())
    try:
        yield
    finally:
        for stream, descriptor in zip(streams, before, strict=True):
            stream.flush()
            os.dup2(descriptor, stream.fileno())
        for descriptor in (output, *before):
            os.close(descriptor)
