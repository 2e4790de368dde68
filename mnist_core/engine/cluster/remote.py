"""A job whose function a worker of the cluster calls. Its run's folder and its model are at home all the same."""

import time
from typing import Any

from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import ClusterGone, connected
from mnist_core.engine.cluster.messages import Ended, Order
from mnist_core.engine.cluster.pool import LAST_LOOKS_S
from mnist_core.engine.cluster.remote_task import RemoteTask, outcome, put
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.evaluation.reports import Report, TrainReport
from mnist_core.jobs.kinds import JobKind
from mnist_core.models.registry import Registry


def on_a_worker(kind: JobKind, context: RunContext[Any]) -> Report:
    """Do a job on the cluster; pause, stop and discard are obeyed there.

    A stop before a worker has begun is obeyed here if an earlier attempt has left something to keep.

    Raises:
        Discard: nothing is kept.
        Stop: there is nothing to keep.
        Interrupted: this process is to end, or the cluster has gone. What has come home stays.
        StudioError: the job fails, or the cluster cannot be used.
    """
    if (report := _registered(context)) is not None:
        return report
    try:
        return _there(kind, context)
    except ClusterGone:
        raise Interrupted("cluster_gone") from None
    except Stop:
        if not context.run.can_go_on:
            raise
    return kind.load()(context)


def _there(kind: JobKind, context: RunContext[Any]) -> Report:
    """As `on_a_worker`.

    Raises:
        Stop: no worker has begun, or there is nothing to keep.
        ClusterGone: nothing answers any more.
    """
    context.tell("loading")
    config = context.config
    dataset = datasets.load(config.dataset, context.workspace, lambda share: context.tell("downloading", share=share))
    context.tell("connecting")
    with connected(context.compute, context.workspace) as nodes:
        cluster = Cluster(nodes, context.compute)
        remote_task = RemoteTask(cluster, kind.function, context, put(dataset))
        context.tell("waiting")
        remote_task.begin()
        ended = _followed(remote_task, context, cluster)
    return _brought_home(outcome(ended), ended, remote_task, context.workspace)


def _registered(context: RunContext[Any]) -> Report | None:
    """The report of a job that was cut off after all was done."""
    if Registry(context.workspace).of_run(context.run.id) is None:
        return None
    return context.run.report()


def _followed(remote_task: RemoteTask, context: RunContext[Any], cluster: Cluster) -> Ended:
    """Until it ends.

    Raises:
        Discard, Interrupted, Stop: as `on_a_worker` does.
    """
    leave_by = float("inf")
    wish: Order = "run"
    while (ended := remote_task.advance()) is None:
        if time.monotonic() > leave_by:
            raise Interrupted
        if wish == "run" and context.run.command() == "pause":
            remote_task.tell("pause")
        try:
            context.control.check()  # returns when a pause is over
        except Stop:
            if not remote_task.begun:
                raise
            wish = "stop"
        except Interrupted:
            if not remote_task.begun:
                raise
            wish, leave_by = "interrupt", min(leave_by, time.monotonic() + LAST_LOOKS_S)
        remote_task.tell(wish)
        cluster.wait()
    if ended.how == "stopped":
        raise Stop
    if ended.how == "interrupted":
        raise Interrupted
    return ended


def _brought_home(report: Report, ended: Ended, remote_task: RemoteTask, workspace: Workspace) -> Report:
    """Register what the worker has registered; the report with the names that it has here."""
    changes: dict[str, Any] = {}
    for made in ended.models:
        model = Registry(workspace).add(made.card, made.write)
        if report.model_id == made.id:
            changes |= {"model": model.name, "model_id": model.id}
    if isinstance(report, TrainReport):
        changes["total_seconds"] = round(remote_task.seconds, 3)  # the report has those of the last worker
        changes["warnings"] = list(dict.fromkeys([*remote_task.warnings, *report.warnings]))
    return report.model_copy(update=changes)
