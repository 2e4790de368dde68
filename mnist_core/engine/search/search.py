"""A search: trial after trial, until the budget is used up. What is known of the trials is in their records alone."""

import time

from mnist_core.common.errors import StudioError
from mnist_core.config.search import SearchConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.search.driver import Driver, share_of
from mnist_core.engine.search.material import Material
from mnist_core.engine.search.trial import Judge, train_trial
from mnist_core.engine.training.position import Position
from mnist_core.evaluation import studies
from mnist_core.evaluation.reports import SearchReport
from mnist_core.evaluation.search import Trial, best, completed
from mnist_core.jobs import trials
from mnist_core.jobs.progress import Progress


def search(context: RunContext[SearchConfig]) -> SearchReport:
    """Train trials by the config. A search that was cut off continues with the trial that was under way.

    Raises:
        Discard, Interrupted: as `Control.check` does.
        Stop: before a trial was complete.
        StudioError: the trials fail, or Optuna, data or device are missing.
    """
    started = time.monotonic()
    config = context.config
    studies.check()
    driver = _driver(context)
    stopped = driver.run()
    found = trials.read(context.run)
    if not completed(found):
        if stopped:
            raise Stop
        raise StudioError(next(trial.reason for trial in found if trial.state == "failed"))
    return SearchReport(
        objective=config.objective,
        dataset=driver.dataset,
        trials=tuple(found),
        best=tuple(trial.number for trial in best(found, config.objective)),
        importances=studies.importances(driver.space, config.objective, found),
        device=driver.device,
        seed=config.seed,
        stopped=stopped,
        total_seconds=round(time.monotonic() - started, 3),
    )


def _driver(context: RunContext[SearchConfig]) -> Driver:
    if not context.compute.cluster:
        return OneByOne(context)
    from mnist_core.engine.search.on_cluster import OnCluster  # Ray is optional

    return OnCluster(context)


class OneByOne(Driver):
    """Trains the trials in this process, one after the other."""

    def __init__(self, context: RunContext[SearchConfig]) -> None:
        super().__init__(context)
        self.material = Material(self.before)
        self.dataset, self.device = self.material.dataset, self.material.device

    def run(self) -> bool:
        try:
            self._began += self.context.control.check()
            while (trial := self._next()) is not None:
                if self._train(trial).state == "stopped":
                    return True
                self._began += self.context.control.check()
        except Stop:
            return True
        return False

    def _train(self, trial: Trial) -> Trial:
        run = self._begin(trial)
        proposal = self._proposal(trial)
        judge = Judge(self.context.control, self._curve, proposal)

        def tell(progress: Progress) -> None:
            self._tell(trial.number, share_of(progress), progress)

        tell(Progress())
        config = self.config.trial(trial.settings)
        done = train_trial(trial, config, run, self.context.workspace, self.material, judge, tell)
        done = done.model_copy(update={"curve": tuple(proposal.curve), "rungs": proposal.rungs})
        self._began += judge.paused_s
        self._end(done, run)
        return done

    def _curve(self, position: Position) -> list[float]:
        return position.losses if self.config.objective == "loss" else position.accuracies
