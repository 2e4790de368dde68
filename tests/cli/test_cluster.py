"""cluster up, down, status, without a cluster."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnist_core.cli import cluster
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import IS_WINDOWS, write_json
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.engine.cluster import connection, local
from mnist_core.jobs import compute, local_cluster
from mnist_core.jobs.nodes import Node
from mnist_core.jobs.process import Process

pytestmark = pytest.mark.skipif(IS_WINDOWS, reason="a cluster of several machines needs Linux")


def test_a_local_cluster_leaves_other_clusters_tokens_alone(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token does not come before Ray's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("of the real cluster")
    used: list[Path] = []

    @contextmanager
    def running(_nodes: int, _cpus: int, _port: int, token: Path) -> Iterator[None]:
        used.append(token)
        raise InputError("That is enough.")
        yield

    monkeypatch.setattr(local, "running", running)
    with pytest.raises(InputError, match="enough"):
        cluster.up(workspace=str(workspace.root))
    assert used == [workspace.local_cluster_token]
    assert used[0].stat().st_mode & 0o777 == 0o600
    assert compute.token_file(workspace) == tmp_path / ".ray" / "auth_token"


def test_a_cluster_that_does_not_end(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person is told."""
    ignoring = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        started = Process.of(other.pid).started
        write_json(workspace.local_cluster, {"pid": other.pid, "started": started, "address": "ray://127.0.0.1:1"})
        monkeypatch.setattr(cluster, "END_S", 0.1)
        try:
            with pytest.raises(StudioError, match="has not ended"):
                cluster.down(workspace=str(workspace.root))
        finally:
            other.kill()
    with pytest.raises(InputError, match="No cluster runs"):
        cluster.down(workspace=str(workspace.root))


def test_a_cluster_that_goes_away_while_it_is_asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is not "something unexpected"."""

    @contextmanager
    def connected(_compute: Compute, _workspace: Workspace) -> Iterator[list[Node]]:
        raise connection.ClusterGone
        yield

    monkeypatch.setattr(connection, "connected", connected)
    with pytest.raises(StudioError, match="The connection to the cluster was lost"):
        cluster.status(cluster="ray://127.0.0.1:1", workspace=str(workspace.root))


def test_the_token_of_a_local_cluster(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens that cluster, whatever other token there is, and no other one."""
    for name in (*compute.OWN_TOKENS, "RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED", "RAY_CLIENT_RECONNECT_GRACE_PERIOD"):
        monkeypatch.setenv(name, "")
    compute.keep_token(workspace, "of the real cluster")
    local_cluster.note(workspace, here := "ray://127.0.0.1:10001")
    token = local_cluster.make_token(workspace)
    assert local_cluster.make_token(workspace) == token
    assert local_cluster.token_for(workspace, here) == token
    assert local_cluster.token_for(workspace, "ray://server:10001") is None
    connection._set_environment(workspace, "ray://server:10001")
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == str(workspace.cluster_token)
    connection._set_environment(workspace, here)
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == str(token)
