"""The trials of a search on the workers of a cluster, several at a time. Pruner and records are at home."""

from dataclasses import dataclass
from typing import Any

from mnist_core.common.errors import StudioError
from mnist_core.config.search import SearchConfig
from mnist_core.data import datasets
from mnist_core.engine.cluster.cluster import Cluster
from mnist_core.engine.cluster.connection import ClusterGone, connected
from mnist_core.engine.cluster.messages import Ended
from mnist_core.engine.cluster.pool import Pool
from mnist_core.engine.cluster.remote_task import RemoteTask, outcome, put
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.search.driver import Driver, share_of
from mnist_core.evaluation.search import Trial, TrialState
from mnist_core.jobs import trials
from mnist_core.jobs.runs import Run

TRIAL = "mnist_core.engine.search.trial:train_on_a_worker"


@dataclass
class UnderWay:
    """A trial on a worker."""

    trial: Trial
    run: Run
    task: RemoteTask
    pruned: bool = False


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
        self._stopped = False

    def run(self) -> bool:
        try:
            self.context.tell("connecting")
        except Stop:
            return True
        try:
            with connected(self.context.compute, self.context.workspace) as nodes:
                self._run(Pool(Cluster(nodes, self.context.compute), put(self._images)))
        except ClusterGone:
            raise Interrupted("cluster_gone") from None
        return self._stopped

    def _run(self, pool: Pool) -> None:
        while True:
            try:
                self._began += pool.heed(self.context)
            except Stop:
                self._stop(pool)
            while not self._stopped and pool.has_room:
                if (trial := self._next(tuple(each.trial.number for each in self._under_way))) is None:
                    pool.dismiss_idle()
                    break
                self._send(trial, pool)
            if not self._under_way:
                return
            ended = pool.advance()
            for each in tuple(self._under_way):
                self._judge(each)
                if each.task in ended:
                    self._under_way.remove(each)
                    self._end_with(each, ended[each.task])
            self._tell_all()
            if not ended:
                pool.wait()

    def _stop(self, pool: Pool) -> None:
        self._stopped = True
        dropped = pool.stop()
        for each in [each for each in self._under_way if each.task in dropped]:
            self._under_way.remove(each)
            self._end(each.trial.model_copy(update={"state": "stopped"}), each.run)

    def _send(self, trial: Trial, pool: Pool) -> None:
        run, config = self._begin(trial), self.config.trial(trial.settings)
        context = RunContext(config, self.context.workspace, run, self.context.control)
        self._under_way.append(UnderWay(trial, run, pool.send(TRIAL, context)))

    def _end_with(self, each: UnderWay, ended: Ended) -> None:
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
