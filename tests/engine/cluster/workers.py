"""What stands for workers of a cluster in tests."""

from typing import Any, ClassVar
from weakref import WeakSet


class Worker:
    """Ray ends an actor that nobody refers to."""

    alive: ClassVar[WeakSet["Worker"]] = WeakSet()

    def __init__(self) -> None:
        self.alive.add(self)


class OnWorker:
    """What remote tasks of tests share: each has a worker until it ends."""

    worker: Worker | None = None

    def begin(self, worker: Worker | None = None) -> None:
        self.worker = worker or Worker()

    def release(self) -> Any:
        worker, self.worker = self.worker, None
        return worker
