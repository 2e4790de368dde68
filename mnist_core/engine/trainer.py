"""The standby trainer: a process that has warmed up and waits on standard input for a job's id.

It belongs to the app that started it (`common/owner.py`). End-of-file on standard input, in whatever way the app ended,
means: save and leave. So does TERM.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from mnist_core.common import cancelling, log, owner, processes
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.jobs import priority
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
    """Warm up, print `processes.READY`, read one job id from standard input, do that job, and exit.

    The job runner lowers this session's share of the processor as it starts it, and takes that back with a job.
    """
    with cancelling.loading(), processes.telling_failure():
        # The seconds that the standby saves: imports, also of what is imported only when it is needed, MNIST itself,
        # and what is slow the first time.
        from mnist_core.engine.fine_tuning import preparation
        from mnist_core.engine.training.train import warm_up
        from mnist_core.engine.worker import work

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
        print(processes.READY, flush=True)
        while (job_id := owner.next_line(LOOK_S)) is None:
            prepare()
    output = os.open(Run.at(workspace, job_id).log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    job = Jobs(workspace).get(job_id)
    if job.kind != "fine_tune":
        preparation.forget()
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
