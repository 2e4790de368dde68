"""A cluster of two nodes on loopback, as `cluster up` starts it."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.jobs import compute

TOKEN = secrets.token_hex(32)
"""One for all clusters: Ray reads a process's token once."""
END_S = 30.0


@dataclass(frozen=True)
class Nodes:
    """A cluster of ours, and how to find its processes."""

    compute: Compute
    token: Path
    mark: str

    def processes(self, title: str = "") -> list[psutil.Process]:
        """Those whose command line has this in it."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("CLUSTER_OF_TEST") == self.mark and title in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill(self, title: str) -> None:
        for process in self.processes(title):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def wait_for(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(folder: Path, port: int, mark: str, cpus: int = 1) -> "subprocess.Popen[str]":
    """`cluster up`, when it is up. It has three tries: on a busy machine, Ray gives up a node after half a minute."""
    words = ["cluster", "up", "--port", str(port), "--cpus", str(cpus), "--workspace", str(folder)]
    command = processes.command(*words)
    environment = processes.environment(CLUSTER_OF_TEST=mark, PYTHONUNBUFFERED="1")
    said = "nothing"
    for _ in range(3):
        cluster = subprocess.Popen(
            command, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert cluster.stdout is not None
        if "2 nodes" in (said := cluster.stdout.readline()):
            return cluster
        cluster.stdout.close()
        cluster.wait(END_S)
    raise AssertionError(said)


@contextmanager
def running(folder: Path, cpus: int = 1) -> Iterator[Nodes]:
    """A cluster; none of its processes outlives it.

    Args:
        cpus: of each of its two nodes.
    """
    workspace = Workspace.open(folder)
    compute.write_secret(workspace.local_cluster_token, TOKEN)
    port, mark = free_port(), secrets.token_hex(8)
    nodes = Nodes(Compute(cluster=f"127.0.0.1:{port}"), workspace.local_cluster_token, mark)
    cluster = start(folder, port, mark, cpus)
    assert cluster.stdout is not None
    with cluster.stdout:
        try:
            yield nodes
        finally:
            cluster.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                cluster.wait(END_S)
            status = cluster.poll()
            cluster.kill()
            with suppress(AssertionError):
                wait_for(lambda: not nodes.processes(), END_S)
            left = nodes.processes()
            for process in left:
                process.kill()
            cluster.wait()
    assert not left
    assert status in (0, -signal.SIGKILL), status


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with running(tmp_path_factory.mktemp("cluster")) as nodes:
        yield nodes


@pytest.fixture
def cluster(shared: Nodes, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """The cluster that the tests share; its settings are this process's."""
    use(shared, monkeypatch)
    return shared


def use(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED", "RAY_CLIENT_RECONNECT_GRACE_PERIOD"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
        monkeypatch.delenv(name)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(nodes.token))
