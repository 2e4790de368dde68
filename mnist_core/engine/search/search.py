"""A search: trial after trial, until the budget is used up. What is known of the trials is in their records alone."""

import time

from mnist_core.common.errors import StudioError
from mnist_core.config.search import SearchConfig
from mnist_core.config.search_space import parse
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import OnProgress, Stop
from mnist_core.engine.search.material import Material
from mnist_core.engine.search.proposals import Proposal
from mnist_core.engine.search.trial import Judge, train_trial
from mnist_core.engine.training.position import Position
from mnist_core.evaluation import studies
from mnist_core.evaluation.reports import SearchReport
from mnist_core.evaluation.search import Trial, best, completed
from mnist_core.jobs import trials
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run

FAILURES = 3
"""If the first trials fail, so many of them, the others would fail as well."""
PARTS = 1000
"""The steps of the progress bar."""


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
    driver = Driver(context, Material(context))
    stopped = driver.run()
    found = trials.read(context.run)
    if not completed(found):
        if stopped:
            raise Stop
        raise StudioError(next(trial.reason for trial in found if trial.state == "failed"))
    return SearchReport(
        objective=config.objective,
        dataset=driver.material.dataset,
        trials=tuple(found),
        best=tuple(trial.number for trial in best(found, config.objective)),
        importances=studies.importances(driver.space, config.objective, found),
        device=driver.material.device,
        seed=config.seed,
        stopped=stopped,
        total_seconds=round(time.monotonic() - started, 3),
    )


class Driver:
    """Runs the trials, one after the other."""

    def __init__(self, context: RunContext[SearchConfig], material: Material) -> None:
        self.context, self.config, self.material = context, context.config, material
        self.space = parse(context.config.space)
        self._began = time.monotonic() - context.run.progress().elapsed_s

    def run(self) -> bool:
        """Return whether a person stopped it."""
        try:
            while (trial := self._next()) is not None:
                ended = self._train(trial)
                if ended.state == "stopped":
                    return True
                self._give_up_if_all_fail(ended)
        except Stop:
            return True
        return False

    def _next(self) -> Trial | None:
        """The trial that was cut off, or a new one; None if the budget is used up."""
        self._began += self.context.control.check()
        known = trials.read(self.context.run)
        if (cut_off := next((trial for trial in known if trial.state == "running"), None)) is not None:
            return cut_off
        config, used = self.config, time.monotonic() - self._began
        if (config.trials and len(known) >= config.trials) or (config.minutes and used >= 60 * config.minutes):
            return None
        number = trials.next_number(self.context.run)
        return Trial(number=number, settings=Proposal(config, self.space, known, number).settings)

    def _train(self, trial: Trial) -> Trial:
        search, workspace = self.context.run, self.context.workspace
        ended = [each for each in trials.read(search) if each.state != "running"]
        config = self.config.trial(trial.settings)
        run = trials.run_of(workspace, search, trial.number)
        if not (run.folder / "config.json").exists():
            run = Run.create(workspace, run.id, "train", config)
        trials.write(search, trial)
        proposal = Proposal(self.config, self.space, ended, trial.number, trial.settings)
        judge = Judge(self.context.control, self._curve, proposal)
        tell = self._telling(trial, ended)
        tell(Progress())
        done = train_trial(trial, config, run, workspace, self.material, judge, tell)
        self._began += judge.paused_s
        ended_s = round(time.monotonic() - self._began, 3)
        done = done.model_copy(update={"curve": tuple(proposal.curve), "rungs": proposal.rungs, "ended_s": ended_s})
        trials.write(search, done)
        for checkpoint in run.checkpoints.iterdir():
            checkpoint.unlink()
        return done

    def _curve(self, position: Position) -> list[float]:
        return position.losses if self.config.objective == "loss" else position.accuracies

    def _give_up_if_all_fail(self, ended: Trial) -> None:
        """Raises:
        StudioError: all trials have failed, and they are many enough to tell.
        """
        known = trials.read(self.context.run)
        if len(known) >= FAILURES and all(trial.state == "failed" for trial in known):
            raise StudioError(ended.reason)

    def _telling(self, trial: Trial, ended: list[Trial]) -> OnProgress:
        """From the progress of the trial to that of the search."""
        known = [each.accuracy for each in ended if each.state == "completed" and each.accuracy is not None]
        so_far = [max(known[: count + 1]) for count in range(len(known))]

        def told(progress: Progress) -> None:
            share = progress.step / progress.total_steps if progress.total_steps else 0.0
            elapsed = time.monotonic() - self._began
            done = max(
                (len(ended) + share) / self.config.trials if self.config.trials else 0.0,
                elapsed / 60 / self.config.minutes if self.config.minutes else 0.0,
            )
            mine = progress.model_copy(
                update={
                    "phase": "searching" if self.config.trials else "searching_on",
                    "trial": trial.number, "trials": self.config.trials,
                    "step": min(PARTS, round(PARTS * done)), "total_steps": PARTS,
                    "elapsed_s": elapsed, "eta_s": None, "accuracies": so_far, "warnings": [],
                }
            )  # fmt: skip
            self.context.run.write_progress(mine)
            self.context.on_progress(mine)

        return told
