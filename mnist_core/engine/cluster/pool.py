"""Tasks on the workers of a cluster, as many at a time as it has room for. A worker takes task after task."""

import time
from typing import TYPE_CHECKING, Any

from mnist_core.common.errors import InputError, StudioError
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.messages import Ended, Order
from mnist_core.engine.cluster.remote_task import RemoteTask
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted

if TYPE_CHECKING:
    import ray

LAST_LOOKS_S = 20.0
"""How long workers may take to save if this process is to end."""


class Pool:
    """The tasks under way, and the workers that wait for one."""

    def __init__(self, cluster: Cluster, dataset: "ray.ObjectRef") -> None:
        """
        Args:
            dataset: that of all tasks.
        """
        self._cluster, self._dataset = cluster, dataset
        self.tasks: list[RemoteTask] = []
        self._idle_workers: list[Any] = []

    @property
    def has_room(self) -> bool:
        """Whether another task can begin."""
        return len(self.tasks) < self._cluster.workers

    def send(self, function: str, context: RunContext[Any]) -> RemoteTask:
        """Begin a task: on an idle worker, or else on a new one.

        Args:
            function: "module:name", as for `Task`.
        """
        task = RemoteTask(self._cluster, function, context, self._dataset)
        task.begin(self._idle_workers.pop() if self._idle_workers else None)
        self.tasks.append(task)
        return task

    def dismiss_idle(self) -> None:
        """Give back the workers that wait, because no task is left for them.

        Others may need their room. So may a task of this pool whose machine has died.
        """
        self._idle_workers.clear()  # Ray ends an actor that nobody refers to

    def advance(self) -> dict[RemoteTask, Ended]:
        """Mirror what is new; return the tasks that have ended. Does not wait for the workers.

        A task whose workers die again and again has failed; the others go on.

        Raises:
            ClusterGone: nothing answers any more.
            InputError: no worker can do any task.
        """
        found = {task: ended for task in self.tasks if (ended := _ended(task)) is not None}
        self.tasks = [task for task in self.tasks if task not in found]
        self._idle_workers += [worker for task in found if (worker := task.release()) is not None]
        return found

    def wait(self) -> None:
        """Until a worker has answered, or for a short time."""
        self._cluster.wait()

    def heed(self, context: RunContext[Any]) -> float:
        """Pass on what a person or the owner of this process wants of a run; return the seconds spent paused.

        Raises:
            Stop: the caller decides what that means for the tasks.
            Discard: the workers end with the connection.
            Interrupted: the workers have saved.
        """
        if context.run.command() == "pause":
            self._order("pause")
        try:
            paused = context.control.check()
        except Interrupted:
            self._order("interrupt")
            self._await_ends()
            raise
        self._order("run")
        return paused

    def stop(self) -> list[RemoteTask]:
        """Have all tasks end and keep what they have. Return those that no worker has begun, which are dropped: a busy
        cluster may have no room for hours."""
        self._order("stop")
        dropped = [task for task in self.tasks if not task.begun]
        self.tasks = [task for task in self.tasks if task.begun]
        return dropped

    def _order(self, order: Order) -> None:
        for task in self.tasks:
            task.tell(order)

    def _await_ends(self) -> None:
        until = time.monotonic() + LAST_LOOKS_S
        while any(task.begun for task in self.tasks) and time.monotonic() < until:
            self.advance()
            self.wait()


def _ended(task: RemoteTask) -> Ended | None:
    try:
        return task.advance()
    except InputError:
        raise
    except StudioError as error:
        return Ended("failed", reason=error.text)
