"""What a list of runs shows of each: its data, its architecture and its figures; and which runs a person looks for."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import N_
from mnist_core.config.fields import Config
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.runs import Run, data_text

TALLEST = 3
"""The height of a bar for an accuracy of at least 99.9%."""
NOT_THE_RECIPE = ("name", "seed")
"""Settings that may differ between repetitions of one training."""


@dataclass(frozen=True)
class Figures:
    """What a run's folder tells. It does not change after the run has ended, until the run is resumed."""

    data: str
    """The name of its data set, or a code of `runs.DATA`."""
    architecture: str = ""
    """Of its network; empty if its settings do not say."""
    accuracies: tuple[float, ...] = ()
    """On the validation images, after each epoch."""
    test: float | None = None
    seconds: float | None = None
    recipe: str = ""
    """The same for runs whose settings differ in nothing but the seed and the name; empty if they cannot be read."""
    seed: int | None = None

    @classmethod
    def of(cls, run: Run, kind: str) -> "Figures":
        progress = run.progress()
        try:
            config, report = run.config(), run.report()
        except UnreadableError:
            return cls("unreadable")
        # The report of a resumed run counts only the time since it was resumed.
        seconds = progress.elapsed_s if report is None or KINDS[kind].resumes else report.total_seconds
        return cls(
            data=run.learns_from(),
            architecture=getattr(config, "architecture", ""),
            accuracies=tuple(progress.accuracies),
            test=getattr(report, "test_accuracy", None),
            seconds=seconds or None,
            recipe=_recipe(kind, config),
            seed=getattr(config, "seed", None),
        )

    @property
    def validation(self) -> float | None:
        """The best accuracy on the validation images."""
        return max(self.accuracies, default=None)

    @property
    def heights(self) -> list[float]:
        """Of a bar for each epoch, on a logarithmic scale of the error: 0.9 is 1, 0.99 is 2, 0.999 and more is 3."""
        errors = [max(1 - accuracy, 10**-TALLEST) for accuracy in self.accuracies]
        return [round(-math.log10(error), 2) for error in errors]


def _recipe(kind: str, config: Config) -> str:
    return json.dumps([kind, config.model_dump(exclude=set(NOT_THE_RECIPE))], sort_keys=True)


@dataclass(frozen=True)
class Summary:
    """One run in a list."""

    job: Job
    figures: Figures

    @property
    def id(self) -> str:
        return self.job.id

    def __contains__(self, text: str) -> bool:
        """Whether its name, note, tags, data or architecture contain the text, whatever its case is."""
        figures, job = self.figures, self.job
        words = (job.title, job.note, *job.tags, data_text(figures.data), figures.architecture, job.kind_text, job.id)
        return text.casefold() in "\n".join(words).casefold()


def _by(figure: Callable[[Figures], float | None]) -> Callable[[Summary], Any]:
    """A key that sorts the greatest first, and runs without the figure last."""

    def key(run: Summary) -> tuple[bool, float]:
        value = figure(run.figures)
        return (value is None, -(value or 0.0))

    return key


ORDERS: dict[str, tuple[str, Callable[[Summary], Any] | None]] = {
    "newest": (N_("Newest first"), None),
    "validation": (N_("Best validation accuracy first"), _by(lambda figures: figures.validation)),
    "test": (N_("Best test accuracy first"), _by(lambda figures: figures.test)),
}
"""Code of an order → its name, and the key that sorts by it."""

FACETS: dict[str, tuple[str, Callable[[Summary], Iterable[str]]]] = {
    "kind": (N_("Kind"), lambda run: [run.job.kind]),
    "state": (N_("State"), lambda run: [run.job.state]),
    "data": (N_("Data"), lambda run: [run.figures.data]),
    "architecture": (N_("Architecture"), lambda run: filter(None, [run.figures.architecture])),
    "tag": (N_("Tags"), lambda run: run.job.tags),
}
"""Code of what runs are filtered by → its name, and a run's values."""


def chosen(runs: Sequence[Summary], wanted: Mapping[str, Sequence[str]], text: str, order: str) -> list[Summary]:
    """The runs with one of the wanted values in each facet, and with each word of the text, in this order.

    Args:
        runs: newest first.
        wanted: code of a facet → values; none of them if any value will do.
    """
    found = [
        run
        for run in runs
        if all(not values or set(values) & set(FACETS[facet][1](run)) for facet, values in wanted.items())
        and all(word in run for word in text.split())
    ]
    key = ORDERS[order][1]
    return sorted(found, key=key) if key is not None else found
