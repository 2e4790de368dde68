"""The driver's side of one task: sends it, mirrors what the worker writes, and sends it again if that dies."""

import json
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mnist_core import __version__
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import N_, Text, _
from mnist_core.common.log import logger
from mnist_core.data import datasets
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import ClusterGone, talking
from mnist_core.engine.cluster.folder import Changes, apply
from mnist_core.engine.cluster.messages import Ended, Order, Task, Update, WorkerInfo
from mnist_core.engine.cluster.patience import Call
from mnist_core.engine.context import RunContext
from mnist_core.jobs.preflight import DRAWINGS
from mnist_core.jobs.run_config import RunConfig

if TYPE_CHECKING:
    import ray

ANSWER_S = 1.0
"""How long one call waits for a worker's answer."""
SILENCE_S = 60.0
"""A cluster that does not say for so long whether there is an answer has gone."""
TRANSFER_S = 900.0
"""A cluster has also gone if a task or an answer travels for so long. A slow line may take minutes."""
NOT_INSTALLED = N_("MNIST Studio is not installed on every machine of the cluster. Install the same version there.")
MOST_LOSSES = 3
"""A task fails if so many workers die without getting further."""


class WorkerFault(Exception):
    """A task has failed on its worker for a reason that nobody foresaw. The message has the worker's traceback."""


def put(dataset: datasets.Dataset) -> "ray.ObjectRef":
    """Send a data set to the cluster, once for all tasks.

    Raises:
        InputError: the head node lacks this program.
        ClusterGone: nothing answers any more.
    """
    import ray

    try:
        with talking():
            return ray.put(dataset)
    except ModuleNotFoundError:
        raise InputError(_(NOT_INSTALLED)) from None


class RemoteTask:
    """One task, on any worker."""

    def __init__(self, cluster: Cluster, function: str, context: RunContext[Any], dataset: "ray.ObjectRef") -> None:
        """
        Args:
            function: as for `Task`.
            context: of the task; its run's folder mirrors the worker's.
        """
        self._cluster, self._function, self._context, self._dataset = cluster, function, context, dataset
        self._run = context.run
        self._order: Order = "run"
        self._sent: Order = "run"
        """The last order that the worker was given."""
        self._passing = threading.Lock()
        self._began: float | None = None
        self.warnings: list[Text] = []
        """What happened on the way."""
        self._losses, self._furthest = 0, -1
        self._answer: Any = None
        """What the worker has been asked; None if it is known and waits for the task."""
        self._look: Call[Update] | None = None
        self._gone_at = math.inf
        """When to take the cluster for gone, on the monotonic clock."""
        self.worker: Any = None
        """Its worker; None if that has died."""
        self.begun = False
        """Whether a worker is on it."""

    def begin(self, worker: Any = None) -> None:
        """
        Args:
            worker: a worker that has done another task; by default, a new one.
        """
        self.begun = False
        with talking():
            self.worker = worker or self._cluster.worker()
            self._answer = None if worker else self.worker.info.remote()

    def release(self) -> Any:
        """Its worker, for another task, when this one has ended; None if that has died. No more orders reach it."""
        worker, self.worker, self.begun = self.worker, None, False
        return worker

    def tell(self, order: Order) -> None:
        """Pass on an order; before the task has begun, as soon as it has. A stopped task does not go on."""
        if self._order == "stop" and order in ("run", "pause"):
            return
        self._order = order
        with talking():
            self._pass_on()

    def _pass_on(self) -> None:
        """Runs in both threads: whichever is later sees that the task has begun and what was ordered."""
        with self._passing:
            if self.begun and self._order != self._sent:
                self._sent = self._order
                self.worker.obey.remote(self._sent)

    def advance(self) -> Ended | None:
        """Mirror what is new; return how the task has ended, or None. Does not wait for the worker.

        Raises:
            ClusterGone: nothing answers any more.
            StudioError: its workers die again and again, or have another version of this program.
        """
        import ray

        if self._look is None:
            self._ask()
        assert self._look is not None
        if not self._look.done:
            if time.monotonic() > self._gone_at:
                raise ClusterGone
            return None
        look, self._look = self._look, None
        try:
            with talking():
                update = look.result()
        except (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError) as error:  # an answer dies with its node
            self._lost(error)
            return None
        self._mirror(update.changes)
        if update.ended is None:
            self._ask()
        return update.ended

    def _ask(self) -> None:
        self._gone_at = time.monotonic() + SILENCE_S
        self._look = Call(self._update, self._cluster.news.set)

    def _update(self) -> Update:
        """What the worker has answered; nothing if it has not."""
        import ray

        update = Update()
        if self._answer is not None:
            ready, _waiting = ray.wait([self._answer], timeout=ANSWER_S)
            self._gone_at = time.monotonic() + TRANSFER_S
            if not ready:
                return update
            answer = ray.get(self._answer)
            if isinstance(answer, Update):
                update = answer
            else:
                self._check(answer)
        self._gone_at = time.monotonic() + TRANSFER_S
        if not self.begun:
            self._send()
        if update.ended is None:
            self._answer = self.worker.look.remote()
        return update

    def _send(self) -> None:
        """Have the worker begin. That can take a while, and the order can change meanwhile."""
        import ray

        context, self._sent = self._context, self._order
        task = Task.of(self._function, self._run, context.config, context.workspace)
        ray.get(self.worker.begin.remote(ray.put(task), self._dataset, self._sent))
        self.begun = True
        self._began = self._began or time.monotonic()
        self._pass_on()

    @property
    def seconds(self) -> float:
        """Since its first worker has begun."""
        return time.monotonic() - self._began if self._began else 0.0

    def _check(self, info: WorkerInfo) -> None:
        if info.version != __version__:
            raise InputError(
                _(
                    "{host} has version {theirs} of MNIST Studio, this machine {ours}. Install the same version.",
                    host=info.host, theirs=info.version, ours=__version__,
                )
            )  # fmt: skip

    def _lost(self, error: Exception) -> None:
        """Send it again, to another worker."""
        if "No module named 'mnist_core'" in str(error):
            raise InputError(_(NOT_INSTALLED))
        logger.warning("Run %s: its worker is gone. %s", self._run.id, " ".join(str(error).split()))
        step = self._run.progress().step
        self._losses = self._losses + 1 if step <= self._furthest else 1
        self._furthest = max(step, self._furthest)
        self.worker, self.begun = None, False
        if self._losses >= MOST_LOSSES:
            raise StudioError(
                _("{count} workers died at the same place, perhaps for lack of memory.", count=self._losses)
            )
        warning = _("A worker of the cluster died. Another one went on from the last checkpoint.")
        if warning not in self.warnings:
            self.warnings.append(warning)
        self.begin()

    def _mirror(self, changes: Changes) -> None:
        written = dict(changes.written)
        if "config.json" in written:
            written["config.json"] = self._at_home(written["config.json"])
        apply(replace(changes, written=written), self._run.folder)
        if "status.json" in written:
            progress = self._run.progress()
            new = [each for each in self.warnings if each not in progress.warnings]
            progress = progress.model_copy(update={"warnings": [*new, *progress.warnings]})
            self._run.write_progress(progress)
            self._context.on_progress(progress)

    def _at_home(self, config: bytes) -> bytes:
        """A run's config with the names that its files have on this machine."""
        asked = RunConfig.parse(config, self._run.name)
        asked_here = self._context.config
        ours = {name: getattr(asked_here, name) for name in DRAWINGS if hasattr(asked_here, name)}
        return json.dumps(asked.model_copy(update={"config": {**asked.config, **ours}}).values()).encode()


def outcome(ended: Ended) -> Any:
    """What the function has returned.

    Raises:
        StudioError: it has failed.
        WorkerFault: it has failed for a reason that nobody foresaw.
    """
    if ended.how == "failed":
        raise StudioError(ended.reason)
    if ended.how == "broken":
        raise WorkerFault(ended.trace)
    return ended.result
