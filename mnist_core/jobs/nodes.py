"""What a cluster has, asked by a process of its own: Ray must not enter the app."""

import json
import subprocess
from dataclasses import dataclass

from mnist_core.common import processes
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace

PATIENCE_S = 90
"""How long the process may take. On a free machine it takes about five seconds."""


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    host: str
    cpus: float
    gpus: float


def ask(address: str, workspace: Workspace) -> list[Node]:
    """Connect to the cluster at this address.

    Raises:
        StudioError: why that fails.
    """
    place = str(workspace.root)
    command = processes.command("cluster", "status", "--json", "--for-app", "--cluster", address, "--workspace", place)
    try:
        done = subprocess.run(
            command, env=processes.environment(), capture_output=True, encoding="utf-8", errors="replace",
            timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise StudioError(_("The cluster has not answered for {seconds} seconds.", seconds=PATIENCE_S)) from None
    if done.returncode:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise StudioError(
            processes.failure(done.stdout) or _("The connection could not be tested. {reason}", reason=last)
        )
    return [Node(**each) for each in json.loads(done.stdout)["nodes"]]
