"""Which process runs the small cluster of this machine, and where it can be reached."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass

from mnist_core.common.files import remove, storage_errors, write_json
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.process import Process


@dataclass(frozen=True)
class LocalCluster:
    """One that was started for this workspace."""

    process: Process
    address: str


def running(workspace: Workspace) -> LocalCluster | None:
    """The one that runs; None if there is none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(workspace.local_cluster.read_text(encoding="utf-8"))
        found = LocalCluster(Process(values["pid"], values["started"]), values["address"])
        return found if found.process.alive else None
    return None


def note(workspace: Workspace, address: str) -> None:
    """Write down that this process runs one."""
    mine = Process.of(os.getpid())
    write_json(workspace.local_cluster, {"pid": mine.pid, "started": mine.started, "address": address})


def forget(workspace: Workspace) -> None:
    """It has ended."""
    with storage_errors(workspace.local_cluster):
        remove(workspace.local_cluster)
