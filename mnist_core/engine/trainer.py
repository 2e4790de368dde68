"""The standby trainer: a process that has warmed up and waits on standard input for a job's id.

It belongs to the app that started it. End-of-file on standard input, in whatever way the app ended, means:
save and leave. (A parent-death signal would follow the thread that started it, and `atexit` misses SIGKILL.)
"""

import importlib
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from mnist_core.common import processes
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.jobs.kinds import kind_of
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

NICE = 10
"""How far a training yields to the app and the browser; `python -m tests.browser.measure` shows what it costs them."""
AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux keeps the niceness of a whole session. A trainer is a session of its own, so its processes' niceness
counts among themselves only, except in control groups with a share of their own."""
AWAITED_S = 5.0
"""Seconds of full priority after a click on Train; awaited kinds keep it to the end."""

NEEDED_LATER = ("sklearn.model_selection", "onnx", "onnxruntime")


def main(workspace: Workspace) -> None:
    """Warm up, say `processes.READY`, take one job id from standard input, do that job, end."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    _give_way(NICE)
    lines: queue.Queue[str] = queue.Queue()
    owner_gone = threading.Event()
    threading.Thread(target=_listen, args=(lines, owner_gone), daemon=True).start()

    # The seconds that the standby saves: imports, also of what is imported only when it is needed, MNIST itself, and
    # what is slow the first time.
    from mnist_core.engine.training.train import warm_up
    from mnist_core.engine.worker import work

    for module in NEEDED_LATER:
        importlib.import_module(module)
    with suppress(StudioError, OSError):  # the job that needs it reports it
        datasets.keep_mnist(workspace)
    if lines.empty():  # else somebody waits, or nobody will come
        warm_up()
    print(processes.READY, flush=True)
    if not (job_id := lines.get()):
        return
    log = os.open(Run.at(workspace, job_id).log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    job = Jobs(workspace).get(job_id)
    _give_way(0)
    started = time.monotonic()

    def once_it_runs(_: Progress) -> None:
        if not kind_of(job.kind, job.id).awaited and time.monotonic() - started > AWAITED_S:
            _give_way(NICE)

    with suppress(StudioError):  # the job's row has it
        work(job, workspace, owner_gone, once_it_runs)


def _give_way(niceness: int) -> None:
    """Leave the processor to other sessions' processes whenever they want it, or, at 0, share it with them evenly."""
    with suppress(OSError):  # another system, or a kernel without groups
        AUTOGROUP.write_text(str(niceness))


def _listen(lines: "queue.Queue[str]", owner_gone: threading.Event) -> None:
    for line in sys.stdin:
        lines.put(line.strip())
    owner_gone.set()
    lines.put("")
