"""cluster up, down, status: a small cluster on this machine, and what a cluster has."""

import signal
import threading
import time
from contextlib import nullcontext, suppress
from dataclasses import asdict
from typing import Annotated

import psutil
import typer

from mnist_core.cli import listing
from mnist_core.cli.shared import JsonOption, WorkspaceOption, command, errors, hand_down, output, print_json
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.common import cancelling, processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _, n_
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import PORT, Compute
from mnist_core.config.flags import flag
from mnist_core.jobs import compute, local_cluster
from mnist_core.jobs.nodes import Node

cluster_app = CommandGroup(no_args_is_help=True, callback=hand_down)

END_S = 30.0
"""How long a cluster may take to end."""


@cluster_app.command("up", help=_("Run a small cluster on this machine, to try things. Ctrl-C ends it."))
def up(
    nodes: Annotated[int, typer.Option(help=_("Number of nodes."), min=1, max=16)] = 2,
    cpus: Annotated[int, typer.Option(help=_("CPUs that each node offers."), min=1, max=256)] = 1,
    port: Annotated[int, typer.Option(help=_("Port for clients."), min=1, max=65535)] = PORT,
    workspace: WorkspaceOption = "",
) -> None:
    """Run until a signal comes."""
    place = Workspace.open(workspace)
    if (other := local_cluster.running(place)) is not None:
        raise InputError(
            _("A cluster runs at {address}. To end it: {command}", address=other.address,
              command=command("cluster down", workspace))
        )  # fmt: skip
    compute.check_ray()
    token = local_cluster.make_token(place)
    leave = threading.Event()
    errors.print(_("Starting the cluster …"))
    with cancelling.loading():
        from mnist_core.engine.cluster import local
    with cancelling.saving(leave.set), local.running(nodes, cpus, port, token):
        address = f"ray://{local.HOST}:{port}"
        local_cluster.note(place, address)
        size = _("{nodes}, {cpus} each", nodes=n_("{n} node", "{n} nodes", nodes), cpus=n_("{n} CPU", "{n} CPUs", cpus))
        output.print(_("The cluster is up: {size}.", size=size))
        output.print(_("Address: {address}", address=address))
        output.print(_("Token: in {file}", file=str(token)), soft_wrap=True)
        trial = command(f"train --cluster {address}", workspace)
        output.print(_("To train on it: {command} (Ctrl-C ends the cluster)", command=trial), soft_wrap=True)
        leave.wait()
    local_cluster.forget(place)
    errors.print(_("The cluster has ended."))


@cluster_app.command("down", help=_("End the cluster that `cluster up` runs."))
def down(workspace: WorkspaceOption = "") -> None:
    """Ask its process to end, and wait for that."""
    place = Workspace.open(workspace)
    if (found := local_cluster.running(place)) is None:
        raise InputError(_("No cluster runs for this workspace."))
    with suppress(psutil.NoSuchProcess):  # it has just ended
        psutil.Process(found.process.pid).send_signal(signal.SIGTERM)
    until = time.monotonic() + END_S
    while found.process.alive:
        if time.monotonic() > until:
            raise StudioError(
                _("The cluster at {address} has not ended after {seconds:.0f} seconds. Its process: {pid}.",
                  address=found.address, seconds=END_S, pid=found.process.pid)
            )  # fmt: skip
        time.sleep(0.1)
    output.print(_("The cluster at {address} has ended.", address=found.address))


@cluster_app.command("status", help=_("Connect to a cluster and list its nodes."))
def status(
    cluster: Annotated[str, typer.Option(help=_("Address of the cluster. [the one that is set]"))] = "",
    as_json: JsonOption = False,
    for_app: Annotated[bool, typer.Option("--for-app", hidden=True)] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Show what a cluster has."""
    place = Workspace.open(workspace)
    with processes.telling_failure() if for_app else nullcontext():
        address = _address(cluster, place)
        rows = [asdict(node) for node in _nodes(address, place)]
    if as_json:
        print_json({"address": address, "nodes": rows})
        return
    columns: dict[str, list[str]] = {
        _("node"): [row["host"] for row in rows],
        _("CPUs"): [f"{row['cpus']:g}" for row in rows],
        _("GPUs"): [f"{row['gpus']:g}" for row in rows],
    }
    listing.show(columns, names=_("node"), optional=_("GPUs"))


def _nodes(address: str, place: Workspace) -> list[Node]:
    """The machines of a cluster.

    Raises:
        StudioError: it cannot be used, or it has just gone away.
    """
    with cancelling.loading():
        from mnist_core.engine.cluster.connection import ClusterGone, connected
    try:
        with connected(Compute.checked(flag, cluster=address), place) as nodes:
            return nodes
    except ClusterGone:
        raise StudioError(_("The connection to the cluster was lost.")) from None


def _address(named: str, place: Workspace) -> str:
    """The address that is named, stored, or that of the cluster on this machine.

    Raises:
        InputError: there is none.
    """
    local = local_cluster.running(place)
    address = compute.wanted(place, {"cluster": named} if named else {}).cluster or (local.address if local else "")
    if not address:
        raise InputError(
            _(
                "No cluster is set. Name one with --cluster, set MNIST_STUDIO_CLUSTER, or run: {command}",
                command=command("cluster up", str(place.root)),
            )
        )
    return address
