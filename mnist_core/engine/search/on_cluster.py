"""The trials of a search on the workers of a cluster, several at a time. Pruner and records are at home."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnist_core.common.errors import InputError, StudioError
from mnist_core.config.search import SearchConfig
from mnist_core.data import datasets
from mnist_core.engine.cluster.connection import ClusterGone, connected
from mnist_core.engine.cluster.messages import Ended, Order
from mnist_core.engine.cluster.remote import LAST_LOOKS_S, LOOK_S
from mnist_core.engine.cluster.remote_task import Cluster, RemoteTask, outcome, put
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.search.driver import Driver, share_of
from mnist_core.evaluation.search import Trial, TrialState
from mnist_core.jobs import trials
from mnist_core.jobs.runs import Run

if TYPE_CHECKING:
    import ray

TRIAL = "mnist_core.engine.search.trial:train_on_a_worker"


@dataclass
class UnderWay:
    """A trial on a worker."""

    trial: Trial
    run: Run
    task: RemoteTask
    pruned: bool = False
    ended: Ended | None = field(default=None)


class OnCluster(Driver):
    """Trains trials on workers, as many at a time as the cluster has room for."""

    def __init__(self, context: RunContext[SearchConfig]) -> None:
        super().__init__(context)
        self.before.tell("loading")
        self._images = datasets.load(
            self.config.dataset, context.workspace, lambda share: self.before.tell("downloading", share=share)
        )
        self.dataset, self.device = self._images.name, ""
        self._under_way: list[UnderWay] = []
        self._idle_workers: list[Any] = []
        """Workers without a trial."""
        self._stopped = False

    def run(self) -> bool:
        try:
            self.context.tell("connecting")
        except Stop:
            return True
        try:
            with connected(self.context.compute, self.context.workspace) as nodes:
                self._run(Cluster(nodes, self.context.compute), put(self._images))
        except ClusterGone:
            raise Interrupted("cluster_gone") from None
        return self._stopped

    def _run(self, cluster: Cluster, images: "ray.ObjectRef") -> None:
        while True:
            self._heed()
            while not self._stopped and len(self._under_way) < cluster.workers:
                if (trial := self._next(tuple(each.trial.number for each in self._under_way))) is None:
                    break
                self._send(trial, cluster, images)
            if not self._under_way:
                return
            for each in tuple(self._under_way):
                self._advance(each)
            self._tell_all()
            time.sleep(LOOK_S)

    def _heed(self) -> None:
        """Pass on what a person or the owner of this process wants."""
        if self.context.run.command() == "pause":
            self._order("pause")
        try:
            self._began += self.context.control.check()
            self._order("run")
        except Stop:
            self._stopped = True
            self._order("stop")
            self._drop_waiting()
        except Interrupted:
            self._order("interrupt")
            until = time.monotonic() + LAST_LOOKS_S
            while any(each.task.begun and not each.ended for each in self._under_way) and time.monotonic() < until:
                for each in self._under_way:
                    each.ended = each.ended or _ended(each.task)
                time.sleep(LOOK_S)
            raise

    def _drop_waiting(self) -> None:
        """End the trials that no worker has begun: a busy cluster may have no room for hours."""
        for each in [each for each in self._under_way if not each.task.begun]:
            self._under_way.remove(each)
            self._end(each.trial.model_copy(update={"state": "stopped"}), each.run)

    def _order(self, order: Order) -> None:
        for each in self._under_way:
            each.task.tell("stop" if each.pruned and order == "run" else order)

    def _send(self, trial: Trial, cluster: Cluster, images: "ray.ObjectRef") -> None:
        run, config = self._begin(trial), self.config.trial(trial.settings)
        remote_task = RemoteTask(
            cluster, TRIAL, RunContext(config, self.context.workspace, run, self.context.control), images
        )
        remote_task.begin(self._idle_workers.pop() if self._idle_workers else None)
        self._under_way.append(UnderWay(trial, run, remote_task))

    def _advance(self, each: UnderWay) -> None:
        """Mirror a trial, let the pruner judge it, and keep its figures if it has ended."""
        ended = _ended(each.task)
        self._judge(each)
        if ended is None:
            return
        self._under_way.remove(each)
        if each.task.worker is not None:
            self._idle_workers.append(each.task.worker)
        self.device = each.run.progress().device or self.device
        self._end(each.trial.model_copy(update=self._found(each, ended)), each.run)

    def _found(self, each: UnderWay, ended: Ended) -> dict[str, Any]:
        """What has become of a trial, by the word of its worker: it may be complete before an order arrives."""
        try:
            figures = outcome(ended)
        except StudioError as error:
            return {"state": "failed", "reason": error.text}
        if ended.how != "done":
            return {"state": "stopped"}
        early: TrialState = "pruned" if each.pruned else "stopped"
        return {**figures, "state": early if figures["state"] == "stopped" else "completed"}

    def _judge(self, each: UnderWay) -> None:
        name = "val_loss" if self.config.objective == "loss" else "val_accuracy"
        curve = [float(record[name]) for record in each.run.records() if name in record]
        if len(curve) <= len(each.trial.curve) or not self.config.pruner or self.config.two_objectives:
            return
        proposal = self._proposal(each.trial)
        if proposal.is_worse(curve) and not self._stopped:
            each.pruned = True
            each.task.tell("stop")
        each.trial = each.trial.model_copy(update={"curve": tuple(curve), "rungs": proposal.rungs})
        trials.write(self.context.run, each.trial)

    def _tell_all(self) -> None:
        if self._under_way:
            shares = sum(share_of(each.run.progress()) for each in self._under_way)
            newest = self._under_way[-1]
            self._tell(newest.trial.number, shares, newest.run.progress())


def _ended(remote_task: RemoteTask) -> Ended | None:
    """How the task has ended, or None. If its workers die again and again, it has failed; the others go on.

    Raises:
        ClusterGone: nothing answers any more.
        InputError: no worker can do any task.
    """
    try:
        return remote_task.advance()
    except InputError:
        raise
    except StudioError as error:
        return Ended("failed", reason=error.text)
