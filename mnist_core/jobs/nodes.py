"""What a cluster has, asked by a process of its own: Ray must not enter the app."""

import json
import subprocess
from dataclasses import dataclass

from mnist_core.common import language, processes
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
    command = processes.command("cluster", "status", "--json", "--cluster", address, "--workspace", str(workspace.root))
    environment = processes.environment(LANGUAGE=language.current())
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise StudioError(_("The cluster has not answered for {seconds} seconds.", seconds=PATIENCE_S)) from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [str(done.returncode)]
        raise StudioError(said[-1].partition(": ")[2] or said[-1])  # without "error:", in whatever language
    return [Node(**each) for each in json.loads(done.stdout)["nodes"]]
