"""A worker's private folder. Its name has the worker's process: Ray ends workers hard, so a later one removes it."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from mnist_core.jobs.process import Process

_NAME = re.compile(r"mnist-studio-(?P<pid>\d+)-(?P<started>\d+\.\d\d)-\w+")


def new() -> Path:
    """A new folder of this process; nobody else can read it."""
    mine = Process.of(os.getpid())
    return Path(tempfile.mkdtemp(prefix=f"mnist-studio-{mine.pid}-{mine.started:.2f}-"))


def sweep() -> None:
    """Remove the folders of workers that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("mnist-studio-*"):
        if (found := _NAME.fullmatch(folder.name)) and not Process(int(found["pid"]), float(found["started"])).alive:
            shutil.rmtree(folder, ignore_errors=True)  # it may be another person's
