"""What both ways to run a search share: which trial is next, its folder, its end, the progress of all."""

import time

from mnist_core.common.errors import StudioError
from mnist_core.config.search import SearchConfig
from mnist_core.config.search_space import parse
from mnist_core.engine.context import RunContext
from mnist_core.engine.search.proposals import Proposal
from mnist_core.engine.training.train import StopOnlyWhenEmpty
from mnist_core.evaluation.search import Trial
from mnist_core.jobs import trials
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run

FAILURES = 3
"""If the first trials fail, so many of them, the others would fail as well."""
PARTS = 1000
"""The steps of the progress bar."""


class Driver:
    """Has the trials trained, until the budget is used up. What is known of them is in their records alone."""

    dataset: str
    """The name of the data set."""
    device: str
    """That of the trials."""

    def __init__(self, context: RunContext[SearchConfig]) -> None:
        self.context, self.config = context, context.config
        self.before = context.with_control(StopOnlyWhenEmpty(context.control, context.run))
        """For what comes before the first trial: a stop does not throw away the trials of an earlier attempt."""
        self.space = parse(context.config.space)
        self._began = time.monotonic() - context.run.progress().elapsed_s

    def run(self) -> bool:
        """Return whether a person stopped it."""
        raise NotImplementedError

    def _next(self, under_way: tuple[int, ...] = ()) -> Trial | None:
        """A trial that was cut off, or a new one; None if the budget is used up.

        Args:
            under_way: the numbers of those that are being trained.
        """
        known = trials.read(self.context.run)
        for trial in known:
            if trial.state == "running" and trial.number not in under_way:
                return trial
        config, used = self.config, time.monotonic() - self._began
        if (config.trials and len(known) >= config.trials) or (config.minutes and used >= 60 * config.minutes):
            return None
        number = trials.next_number(self.context.run)
        return Trial(number=number, settings=Proposal(config, self.space, known, number).settings)

    def _begin(self, trial: Trial) -> Run:
        """The run of a trial, which is under way from now on."""
        run = trials.run_of(self.context.workspace, self.context.run, trial.number)
        if not (run.folder / "config.json").exists():
            run = Run.create(self.context.workspace, run.id, "train", self.config.trial(trial.settings))
        trials.write(self.context.run, trial)
        return run

    def _proposal(self, trial: Trial) -> Proposal:
        others = [each for each in trials.read(self.context.run) if each.number != trial.number]
        return Proposal(self.config, self.space, others, trial.number, trial.settings)

    def _end(self, trial: Trial, run: Run) -> None:
        """Keep its record, and remove what it no longer needs.

        Raises:
            StudioError: all trials have failed, and they are many enough to tell.
        """
        ended_s = round(time.monotonic() - self._began, 3)
        trials.write(self.context.run, trial.model_copy(update={"ended_s": ended_s}))
        for checkpoint in run.checkpoints.iterdir():
            checkpoint.unlink()
        known = trials.read(self.context.run)
        if len(known) >= FAILURES and all(each.state == "failed" for each in known):
            raise StudioError(trial.reason)

    def _tell(self, number: int, shares: float, progress: Progress) -> None:
        """Write the progress of the search.

        Args:
            number: of the trial to name.
            shares: how much of the trials under way is done; of two that are halfway, 1.
            progress: of that trial.
        """
        ended = [each for each in trials.read(self.context.run) if each.state != "running"]
        known = [each.accuracy for each in ended if each.state == "completed" and each.accuracy is not None]
        elapsed = time.monotonic() - self._began
        done = max(
            (len(ended) + shares) / self.config.trials if self.config.trials else 0.0,
            elapsed / 60 / self.config.minutes if self.config.minutes else 0.0,
        )
        mine = progress.model_copy(
            update={
                "phase": "searching" if self.config.trials else "searching_on",
                "trial": number, "trials": self.config.trials,
                "step": min(PARTS, round(PARTS * done)), "total_steps": PARTS,
                "elapsed_s": elapsed, "eta_s": None, "warnings": [],
                "accuracies": [max(known[: count + 1]) for count in range(len(known))],
            }
        )  # fmt: skip
        self.context.run.write_progress(mine)
        self.context.on_progress(mine)


def share_of(progress: Progress) -> float:
    """How much of a trial is done, from 0 to 1."""
    return progress.step / progress.total_steps if progress.total_steps else 0.0
