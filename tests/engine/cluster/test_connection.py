"""What is said when a cluster cannot be used: soon, and in one sentence."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mnist_core.common import processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.engine.cluster import connection
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import connected
from mnist_core.jobs import compute
from mnist_core.jobs.nodes import Node
from tests.engine.cluster.conftest import TOKEN, Nodes, free_port


@pytest.fixture
def with_token(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Workspace:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*compute.OWN_TOKENS, "RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED", "RAY_CLIENT_RECONNECT_GRACE_PERIOD"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    compute.keep_token(workspace, TOKEN)
    return workspace


def problem(address: str, workspace: Workspace) -> str:
    with pytest.raises(StudioError) as raised, connected(Compute(cluster=address), workspace):
        pass
    return str(raised.value)


def test_ray_is_missing(with_token: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "find_spec", lambda _: None)
    assert problem("server", with_token) == ('A cluster needs Ray. To install it: pip install "mnist-studio[cluster]"')


def test_there_is_no_token(with_token: Workspace) -> None:
    compute.forget_token(with_token)
    assert problem("server", with_token).startswith("The cluster needs a token. Set RAY_AUTH_TOKEN")


def test_nothing_answers(with_token: Workspace) -> None:
    address = f"ray://127.0.0.1:{free_port()}"
    assert problem(address, with_token).startswith(f"The cluster at {address} does not answer.")


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_something_else_answers(with_token: Workspace, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not take a minute to find out."""
    monkeypatch.setattr(connection, "ANSWER_S", 0.5)
    began = time.monotonic()
    assert f"127.0.0.1:{silent} is not the client port of a Ray cluster" in problem(f"127.0.0.1:{silent}", with_token)
    assert time.monotonic() - began < 60


def test_the_versions_differ(with_token: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray says which."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # read once, when Ray is imported; later tests need it
    import ray

    def init(*_: object, **__: object) -> None:
        raise RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.55.1")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(connection, "_ask_whether_it_answers", lambda _: None)
    said = problem("server", with_token)
    assert said.startswith("This machine and the cluster need the same versions of Ray and Python. Version mismatch")
    assert "\n" not in said


def test_there_is_too_little_for_a_training() -> None:
    """Or room for some: as many as fit, at most as many as are wanted."""
    nodes = [Node("a", 4, 1), Node("b", 8, 0)]
    with pytest.raises(InputError, match=r"with a GPU has 5 CPUs for one training\. The largest of these has 4\."):
        Cluster(nodes, Compute(cluster="a", cpus=5))
    with pytest.raises(InputError, match=r"cluster has 9 CPUs for one training\. The largest has 8\."):
        Cluster(nodes, Compute(cluster="a", cpus=9, gpu_share=0))
    assert Cluster(nodes, Compute(cluster="a")).workers == 1
    assert Cluster(nodes, Compute(cluster="a", gpu_share=0.25)).workers == 4
    assert Cluster(nodes, Compute(cluster="a", gpu_share=0, cpus=2)).workers == 6
    assert Cluster(nodes, Compute(cluster="a", gpu_share=0, workers=5)).workers == 5


@pytest.mark.parametrize(("gpus", "share", "workers"), [(1, 0.2, 5), (1, 0.1, 10), (2, 0.6, 2), (2, 0.3, 6), (3, 1, 3)])
def test_trainings_share_a_gpu(gpus: int, share: float, workers: int) -> None:
    """Each training is on one GPU."""
    assert Cluster([Node("a", 64, gpus)], Compute(cluster="a", gpu_share=share)).workers == workers


@pytest.mark.slow
def test_the_token_is_wrong(shared: Nodes, workspace: Workspace) -> None:
    """In a process of its own, because Ray reads a token once."""
    environment = processes.environment(RAY_AUTH_TOKEN="0" * 32, LANGUAGE=os.environ["LANGUAGE"])
    environment.pop("RAY_AUTH_TOKEN_PATH", None)
    address, folder = shared.compute.cluster, str(workspace.root)
    command = processes.command("cluster", "status", "--cluster", address, "--workspace", folder)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"error: The cluster at {address} refuses the token. Enter the cluster's own.\n"
