"""Several trainings on the workers of a cluster, for a program that wants their reports. Nothing else stays."""

from collections.abc import Iterator, Sequence

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import ClusterGone, connected
from mnist_core.engine.cluster.messages import Ended
from mnist_core.engine.cluster.pool import Pool
from mnist_core.engine.cluster.remote_task import RemoteTask, outcome, put
from mnist_core.engine.context import RunContext
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs.runs import Run

TRAIN = "mnist_core.engine.training.train:train"


class _Always:
    """A `Control` that wants nothing."""

    def check(self) -> float:
        return 0.0


def train_all(configs: Sequence[TrainConfig], compute: Compute, workspace: Workspace) -> Iterator[TrainReport]:
    """The reports in the order of the configs, each as soon as it and those before it are there.

    Args:
        configs: all with the same data set.
        workspace: with the data set and the token.

    Raises:
        StudioError: a training fails, or the cluster cannot be used or goes away.
    """
    dataset = datasets.load(configs[0].dataset, workspace)
    try:
        with scratch_folder() as folder, connected(compute, workspace) as nodes:
            pool = Pool(Cluster(nodes, compute), put(dataset))
            yield from _in_order(configs, pool, Workspace.open(folder))
    except ClusterGone:
        raise StudioError(_("The connection to the cluster was lost.")) from None


def _in_order(configs: Sequence[TrainConfig], pool: Pool, place: Workspace) -> Iterator[TrainReport]:
    """
    Args:
        place: where the runs are mirrored.
    """
    waiting = list(enumerate(configs))
    numbers: dict[RemoteTask, int] = {}
    ends: dict[int, Ended] = {}
    for number in range(len(configs)):
        while number not in ends:
            while waiting and pool.has_room:
                each, config = waiting.pop(0)
                run = Run.create(place, str(each), "train", config)
                numbers[pool.send(TRAIN, RunContext(config, place, run, _Always()))] = each
            if not waiting:
                pool.dismiss_idle()
            for task, ended in pool.advance().items():
                ends[numbers.pop(task)] = ended
            pool.wait()
        yield outcome(ends.pop(number))  # a failure waits for its turn: the reports before it are not lost
