"""Repetitions of one training that differ only in the seed: their mean, and how far the seeds lie apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from mnist_core.common.language import Text, _, n_
from mnist_core.jobs.summary import Figures, Summary


@dataclass(frozen=True)
class Repeated:
    """Completed runs of one recipe, newest first, or any one run."""

    runs: tuple[Summary, ...]

    @property
    def id(self) -> str:
        """That of its first run, which stays the same when more seeds follow."""
        return self.runs[-1].id

    @property
    def of_each_seed(self) -> list[Summary]:
        """The newest run of each seed. A repetition with the same seed is no further sample."""
        return [*{run.figures.seed: run for run in reversed(self.runs)}.values()]

    @property
    def title(self) -> str:
        """How many seeds there are, and the name of its first run."""
        name = self.runs[-1].job.title
        if len(self.runs) == 1:
            return name
        return n_("{n} seed: {name}", "{n:,} seeds: {name}", len(self.of_each_seed), name=name)

    def spread(self, figure: Callable[[Figures], float | None]) -> Text:
        """The mean over the seeds and its standard deviation, such as 98.91 ± 0.05%."""
        return spread_text([each for run in self.of_each_seed if (each := figure(run.figures)) is not None])


def spread_text(shares: Sequence[float]) -> Text:
    """The mean of some shares and their standard deviation; of one, only itself; "–" of none."""
    if not shares:
        return Text("–")
    if len(shares) == 1:
        return _("{mean:.2f}%", mean=100 * shares[0])
    return _("{mean:.2f} ± {deviation:.2f}%", mean=100 * fmean(shares), deviation=100 * stdev(shares))


def repeated(runs: Iterable[Summary]) -> list[Repeated]:
    """The runs by recipe, each group in the place of its first member. A run that is not complete stays alone."""
    groups: dict[str, list[Summary]] = {}
    for run in runs:
        together = run.figures.recipe if run.job.state == "completed" and run.figures.seed is not None else ""
        groups.setdefault(together or run.id, []).append(run)
    return [Repeated(tuple(sorted(group, key=lambda run: run.job.number, reverse=True))) for group in groups.values()]
