"""The way to a Ray cluster, by Ray's client: this process is no part of it, so it outlives its end."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _, advice
from mnist_core.common.log import logger
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.engine.cluster.patience import Call
from mnist_core.jobs import local_cluster
from mnist_core.jobs.compute import OWN_TOKENS, check_ray, has_token, token_file
from mnist_core.jobs.nodes import Node

if TYPE_CHECKING:
    import grpc

ANSWER_S = 5.0
"""How long to wait for an answer."""
GOODBYE_S = 10.0
"""How long to wait until the connection is closed."""
ATTEMPTS = 3
"""Ray's server for clients starts a process for each. On a busy machine, that fails now and then."""
RECONNECT_S = 10
"""How long Ray's client tries to reach a cluster again that it has lost."""


class ClusterGone(Exception):
    """The cluster does not answer any more."""


def check(workspace: Workspace, address: str) -> None:
    """Raises:
    InputError: Ray is not installed, or there is no token.
    """
    check_ray()
    if not (has_token(workspace) or local_cluster.token_for(workspace, address)):
        raise InputError(
            _(
                "The cluster needs a token. {advice}",
                advice=advice(
                    app=_("Enter it on the Settings page."),
                    command_line=_("Set RAY_AUTH_TOKEN, or enter it on the app's Settings page."),
                ),
            )
        )


@contextmanager
def connected(compute: Compute, workspace: Workspace) -> Iterator[list[Node]]:
    """Be connected to the cluster; yields its machines.

    Raises:
        InputError: Ray or the token is missing or wrong, or the versions differ.
        StudioError: the cluster does not answer.
    """
    check(workspace, compute.cluster)
    _set_environment(workspace, compute.cluster)
    _ask_whether_it_answers(compute.cluster)
    _connect(compute.cluster)
    import ray

    try:
        with talking():
            known = [each for each in ray.nodes() if each["Alive"]]
        yield [
            Node(each["NodeManagerAddress"], each["Resources"].get("CPU", 0.0), each["Resources"].get("GPU", 0.0))
            for each in known
        ]
    finally:
        with suppress(TimeoutError):
            Call(ray.shutdown).result(GOODBYE_S)


@contextmanager
def talking() -> Iterator[None]:
    """A block that calls Ray.

    Raises:
        ClusterGone: nothing answers any more.
    """
    import ray

    try:
        yield
    except (ConnectionError, ray.exceptions.RaySystemError) as error:
        raise ClusterGone(str(error)) from None
    except Exception as error:
        if type(error) is not Exception:  # Ray's client raises the bare class if the head node is gone
            raise
        raise ClusterGone(str(error)) from None


def _connect(address: str) -> None:
    import ray

    for attempt in range(1, ATTEMPTS + 1):
        try:
            ray.init(address, log_to_driver=False, logging_level="error")
        except RuntimeError as error:
            if "version" not in str(error).lower():
                raise
            raise InputError(
                _(
                    "This machine and the cluster need the same versions of Ray and Python. {said}",
                    said=" ".join(str(error).split()),
                )
            ) from None
        except ConnectionError as error:
            logger.warning("Attempt %s to use the cluster at %s: %s", attempt, address, error)
            ray.shutdown()
        else:
            return
    raise StudioError(
        _("The cluster at {address} answers, but no work can begin there. Its head node's logs may say why.",
          address=address)
    )  # fmt: skip


def _set_environment(workspace: Workspace, address: str) -> None:
    """What Ray reads when it is imported. The token stays in its file."""
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_CLIENT_RECONNECT_GRACE_PERIOD", str(RECONNECT_S))
    if (local := local_cluster.token_for(workspace, address)) is not None:
        os.environ.pop("RAY_AUTH_TOKEN", None)  # it would come before the file
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(local)
    elif not any(os.environ.get(name) for name in OWN_TOKENS):
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(token_file(workspace))


def _ask_whether_it_answers(address: str) -> None:
    """Ray itself tries for half a minute, and reports a wrong token as a timeout."""
    place = urlsplit(address)
    assert place.hostname
    try:
        socket.create_connection((place.hostname, place.port or 0), ANSWER_S).close()
    except OSError as error:
        raise StudioError(
            _(
                "The cluster at {address} does not answer. Check the address and whether the cluster is up. ({error})",
                address=address,
                error=str(error.strerror or error),
            )
        ) from None
    import grpc
    from ray._private.grpc_utils import init_grpc_channel
    from ray.core.generated import ray_client_pb2, ray_client_pb2_grpc

    channel = init_grpc_channel(place.netloc)
    question = ray_client_pb2.ClusterInfoRequest(type=ray_client_pb2.ClusterInfoType.PING)
    try:
        ray_client_pb2_grpc.RayletDriverStub(channel).ClusterInfo(question, timeout=ANSWER_S)
    except grpc.RpcError as error:
        raise _refusal(error, address) from None
    finally:
        channel.close()


def _refusal(error: "grpc.RpcError", address: str) -> StudioError:
    import grpc

    code: Any = error.code()
    if code == grpc.StatusCode.UNAUTHENTICATED:
        return InputError(_("The cluster at {address} refuses the token. Enter the cluster's own.", address=address))
    return StudioError(
        _(
            "{address} is not the client port of a Ray cluster. That port is usually 10001. ({code})",
            address=address,
            code=code.name,
        )
    )
