"""A connected cluster: how much of it a task gets, and how many tasks fit."""

import threading
from typing import Any

import keras

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config.compute import Compute
from mnist_core.engine.cluster.worker_actor import WorkerActor
from mnist_core.jobs.nodes import Node

LOOK_S = 0.4
"""Between two looks of a driver at its run."""
CALLS = 2
"""To one worker at the same time: a look, which waits, and an order."""


class Cluster:
    """A connected cluster, and what one task gets there."""

    def __init__(self, nodes: list[Node], compute: Compute) -> None:
        """Raises:
        InputError: no machine of the cluster has so much.
        """
        self.cpus = compute.cpus
        self.gpus = compute.gpu_share if any(node.gpus for node in nodes) else 0.0
        usable = [node for node in nodes if node.gpus or not self.gpus]
        room = sum(self._fits(node) for node in usable)
        if not room:
            figures = {"cpus": compute.cpus, "most": max((node.cpus for node in usable), default=0)}
            raise InputError(
                _("No machine of the cluster with a GPU has {cpus} CPUs for one training. The largest of these has "
                  "{most:.0f}. A GPU share of 0 uses the other machines, too.", **figures)
                if self.gpus
                else _("No machine of the cluster has {cpus} CPUs for one training. The largest has {most:.0f}.",
                       **figures)
            )  # fmt: skip
        self.workers = min(compute.workers or room, room)
        """How many tasks are done at the same time."""
        self.news = threading.Event()
        """Set when a worker has answered."""

    def _fits(self, node: Node) -> int:
        by_cpus = int(node.cpus // self.cpus)
        if not self.gpus:
            return by_cpus
        on_one_gpu = int(1 / self.gpus + 1e-9)  # 1 // 0.2 is 4
        return min(by_cpus, int(node.gpus) * on_one_gpu)

    def wait(self) -> None:
        """Until a worker has answered, or for a short time."""
        self.news.wait(LOOK_S)
        self.news.clear()

    def worker(self) -> Any:
        """A new worker. Calls to it wait until the cluster has room."""
        import ray

        kind = ray.remote(num_cpus=self.cpus, num_gpus=self.gpus, max_concurrency=CALLS)(WorkerActor)
        return kind.remote(keras.backend.backend(), self.cpus)
