"""The kinds of job. A new one is a function in the engine and a line here; every process finds it by this table."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mnist_core.common.errors import UnreadableError
from mnist_core.config.schema import Config, FineTuneConfig, TrainConfig
from mnist_core.evaluation.reports import FineTuneReport, LearningRateReport, Report, TrainReport


@dataclass(frozen=True)
class JobKind:
    """What the rooms need to know of a kind of job."""

    name: str
    """The code in the database and in a run's config.json."""
    command: str
    """The command that does the same, which is also what people call it."""
    config: type[Config]
    report: type[Report]
    function: str
    """"module:name" of what the trainer calls, with a `RunContext`, for a report of that class."""
    resumes: bool = False
    """Whether an interrupted one goes on from its last checkpoint; otherwise it starts again."""
    listed: bool = True
    """Whether it stands among the runs, to be kept and compared."""
    awaited: bool = False
    """Whether a person waits for it to its end, so that it has the processor for all of its time."""

    def load(self) -> Callable[[Any], Report]:
        """The function: imports the engine, so only a trainer calls it."""
        module, name = self.function.split(":")
        found: Callable[[Any], Report] = getattr(import_module(module), name)
        return found


KINDS = {
    kind.name: kind
    for kind in (
        JobKind("train", "train", TrainConfig, TrainReport, "mnist_core.engine.training.train:train", resumes=True),
        JobKind(
            "fine_tune", "finetune", FineTuneConfig, FineTuneReport,
            "mnist_core.engine.fine_tuning.fine_tune:fine_tune", awaited=True,
        ),
        JobKind(
            "lr_find", "lr-find", TrainConfig, LearningRateReport,
            "mnist_core.engine.training.lr_range_test:find_learning_rate", listed=False,
        ),
    )
}  # fmt: skip

RUNS = tuple(kind.name for kind in KINDS.values() if kind.listed)
"""The kinds that are worth keeping and comparing."""


def kind_of(name: str, source: str) -> JobKind:
    """Raises:
    UnreadableError: a newer version knows this kind, or nobody does.
    """
    if name not in KINDS:
        raise UnreadableError(f"{source} is a job of the unknown kind {name!r}. Known: {', '.join(KINDS)}.")
    return KINDS[name]
