"""What killed processes have left partly written: `replacing` and `replacing_folder` use names like .3f…a9.npz."""

import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from mnist_core.common.workspace import Workspace

TEMPORARY = re.compile(r"\.[0-9a-f]{16}(\.\w+)*")
PLACES = (
    "*", "*/checkpoints", "*/candidate", "*/trials/*", "*/trials/*/checkpoints",
    "*/members/*", "*/members/*/checkpoints", "*/members/*/epochs",
)  # fmt: skip
"""Folders of runs in which something is written."""
OLD_S = 3600.0
"""No write takes that long, so the process that began it is gone."""


def remove(folder: Path, older_than_s: float = 0.0) -> None:
    """Remove the leftovers in a folder, but not those in its subfolders.

    Args:
        older_than_s: their minimum age; 0 only where no other process writes.
    """
    for path in folder.glob(".*"):
        with suppress(OSError):  # another process has just removed it
            if TEMPORARY.fullmatch(path.name) and time.time() - path.stat().st_mtime >= older_than_s:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def sweep(workspace: Workspace) -> None:
    """Remove all old ones in a workspace, where others may be writing."""
    with suppress(OSError):  # a folder that cannot be read: nothing depends on it
        runs = [each for pattern in PLACES for each in workspace.runs.glob(pattern)]
        for folder in (workspace.root, workspace.models, workspace.datasets, workspace.predictions, *runs):
            remove(folder, OLD_S)
