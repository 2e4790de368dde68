"""What killed processes have left half-written: `replacing` and `replacing_folder` use names like .3f…a9.npz."""

import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from mnist_core.common.workspace import Workspace

TEMPORARY = re.compile(r"\.[0-9a-f]{16}(\.\w+)*")
OLD_S = 3600.0
"""No write takes that long, so whoever began it is gone."""


def remove(folder: Path, older_than_s: float = 0.0) -> None:
    """Remove the leftovers in a folder, without those below it.

    Args:
        older_than_s: their age; 0 only where nobody else writes.
    """
    with suppress(OSError):  # the folder is gone, or somebody else has just removed one
        for path in folder.glob(".*"):
            if TEMPORARY.fullmatch(path.name) and time.time() - path.stat().st_mtime >= older_than_s:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def sweep(workspace: Workspace) -> None:
    """Remove all old ones in a workspace, where others may be writing."""
    with suppress(OSError):  # a folder that cannot be looked into: nothing depends on it
        runs = [each for pattern in ("*", "*/checkpoints", "*/candidate") for each in workspace.runs.glob(pattern)]
        for folder in (workspace.root, workspace.models, workspace.datasets, workspace.predictions, *runs):
            remove(folder, OLD_S)
