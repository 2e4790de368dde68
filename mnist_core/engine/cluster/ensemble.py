"""The members of an ensemble on the workers of a cluster, several at a time. The ensemble is put together at home."""

from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import ClusterGone, connected
from mnist_core.engine.cluster.pool import Pool
from mnist_core.engine.cluster.remote_task import outcome, put
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.training.joint import Joint
from mnist_core.engine.training.members import train_apart
from mnist_core.engine.training.train import Trained
from mnist_core.engine.training.training_data import Data
from mnist_core.evaluation.reports import TrainReport
from mnist_core.models.model import Model

MEMBER = "mnist_core.engine.training.members:train_member"


def train_on_workers(context: RunContext[TrainConfig]) -> TrainReport:
    """As `train`, the members on the cluster.

    Raises:
        Interrupted: also if the cluster has gone. What has come home stays.
        StudioError: also if the cluster cannot be used, or if the workers of a member die again and again.
    """
    return train_apart(context, _fit)


def _fit(context: RunContext[TrainConfig], data: Data, _base: Model | None) -> Trained:
    joint = Joint(context, data)
    try:
        stopped = bool(joint.unfinished()) and _there(context, joint)
    except Stop:  # before a worker has begun
        stopped = True
    except ClusterGone:
        raise Interrupted("cluster_gone") from None
    return joint.trained(stopped=stopped)


def _there(context: RunContext[TrainConfig], joint: Joint) -> bool:
    """Train what is left; return whether a person stopped it.

    Raises:
        Stop: nothing has begun.
        ClusterGone: nothing answers any more.
    """
    context.tell("connecting")
    dataset = datasets.load(context.config.dataset, context.workspace)
    with connected(context.compute, context.workspace) as nodes:
        pool = Pool(Cluster(nodes, context.compute), put(dataset))
        context.tell("waiting")
        waiting, stopped = joint.unfinished(), False
        while True:
            try:
                pool.heed(context.with_control(joint))
            except Stop:
                stopped = True
            if stopped or joint.ended_early:
                waiting.clear()
                pool.stop()
            while waiting and pool.has_room:
                pool.send(MEMBER, joint.context_of(waiting.pop(0)))
            if not waiting:
                pool.dismiss_idle()
            if not pool.tasks:
                return stopped
            for ended in pool.advance().values():
                outcome(ended)
            joint.look()
            pool.wait()
