"""A small cluster on this machine, to try things. It listens on loopback only and ends with its process."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_core.common import processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _

HOST = "127.0.0.1"
STORE_BYTES = 160 * 2**20
"""Shared memory of a node: enough for MNIST and what a few trainings send home."""


@contextmanager
def running(nodes: int, cpus: int, port: int, token: Path) -> Iterator[None]:
    """Have a cluster run with so many nodes.

    Args:
        cpus: that each node offers; more than the machine has is possible.
        port: for clients.
        token: the file with the token.

    Raises:
        InputError: the port is taken.
        StudioError: a node does not start.
    """
    _check_free(port)
    os.environ |= processes.environment(
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN_PATH=str(token),
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # Ray's word for loopback only, on Linux, too
    )
    os.environ.pop("RAY_AUTH_TOKEN", None)  # it would come before the file
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        for number in range(nodes):
            cluster.add_node(
                num_cpus=cpus,
                node_ip_address=HOST,
                object_store_memory=STORE_BYTES,
                include_dashboard=False,
                ray_client_server_port=port if number == 0 else None,
            )
        signal.signal(signal.SIGTERM, on_term)  # Ray's own would end this process with status 1
        yield
    except Exception as error:
        # Ray raises the bare class for a node that does not start.
        if type(error) is not Exception:
            raise
        raise StudioError(_("The cluster did not start. {reason}", reason=str(error))) from None
    finally:
        cluster.shutdown()


def _check_free(port: int) -> None:
    """Ray itself would go on without its server for clients."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        raise InputError(_("Port {port} is taken. Choose another one with --port.", port=port)) from None
