"""Which process runs the small cluster of this machine, and where it can be reached."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_core.common.files import remove, storage_errors, write_json
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import compute
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


def token_for(workspace: Workspace, address: str) -> Path | None:
    """The file with its token, if it is the one at this address. No other token opens it."""
    found = running(workspace)
    return workspace.local_cluster_token if found is not None and found.address == address else None


def make_token(workspace: Workspace) -> Path:
    """The file with its token. It has one of its own, so that it never takes the place of another cluster's."""
    if not workspace.local_cluster_token.is_file():
        compute.write_secret(workspace.local_cluster_token, secrets.token_hex(32))
    return workspace.local_cluster_token


def note(workspace: Workspace, address: str) -> None:
    """Write down that this process runs one."""
    mine = Process.of(os.getpid())
    write_json(workspace.local_cluster, {"pid": mine.pid, "started": mine.started, "address": address})


def forget(workspace: Workspace) -> None:
    """It has ended."""
    with storage_errors(workspace.local_cluster):
        remove(workspace.local_cluster)
