"""The kinds of job. A new one is a function in the engine and a line here.

Every process looks kinds up in this table. A job waits in the queue until a trainer does it. The Runs page and `runs
list` show its name, its data, its controls and the figures of its report. Each kind has its own way to be started: a
page (`pages/train.py`), a command (`cli/train.py`), or both. The command of a kind that resumes has `--resume ID`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mnist_core.common import language
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import N_, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig, FederateServeConfig
from mnist_core.config.fields import Config
from mnist_core.config.presets import title_of
from mnist_core.config.schema import CompressConfig, ExportConfig, FineTuneConfig, OnnxConfig, TrainConfig
from mnist_core.config.search import SearchConfig
from mnist_core.evaluation.reports import (
    CompressReport,
    ExportReport,
    FederateReport,
    FineTuneReport,
    LearningRateReport,
    OnnxReport,
    Report,
    SearchReport,
    TrainReport,
)
from mnist_core.jobs import preflight


def _fine_as_it_is(config: Config, workspace: Workspace) -> None:
    """Nothing about the config depends on the machine."""


@dataclass(frozen=True)
class JobKind:
    """What other modules need to know about a kind of job."""

    name: str
    """The code in the database and in a run's config.json."""
    noun: str
    """What people call one, marked for translation."""
    command: str
    """The command that does the same."""
    config: type[Config]
    report: type[Report]
    function: str
    """"module:name" of the function that the trainer calls with a `RunContext` and that returns such a report."""
    title: Callable[[Any], str]
    """Its config → what a run without a name is called, the same in every language."""
    data: Callable[[Any], str]
    """Its config → what it learns from: a data set's name or a code."""
    check: Callable[[Any, Workspace], None] = _fine_as_it_is
    """Raises InputError if this machine lacks something that the config names."""
    resumes: bool = False
    """Whether an interrupted job continues from its last checkpoint; otherwise it starts again."""
    repeats: bool = True
    """Whether it needs nothing but its config, so that it can be run again."""
    stop_keeps: str = ""
    """What stopping it early keeps, in a sentence marked for translation; empty if a stopped job leaves nothing."""
    has_curve: Callable[[Any], bool] = lambda _: True
    """Its config → whether it records a curve."""
    keeps_epoch: bool = False
    """Whether the weights of its best epoch remain, which its curve marks; otherwise those of its last step do."""
    listed: bool = True
    """Whether the list of runs shows it."""
    travels: bool = False
    """Whether its function can be called on a worker of a cluster."""
    awaited: bool = False
    """Whether a person waits until it ends. Then it keeps full priority and cannot be paused."""

    def load(self) -> Callable[[Any], Report]:
        """The function: imports the engine, so only a trainer calls it."""
        module, name = self.function.split(":")
        found: Callable[[Any], Report] = getattr(import_module(module), name)
        return found


KINDS = {
    kind.name: kind
    for kind in (
        JobKind(
            "train", N_("training"), "train", TrainConfig, TrainReport, "mnist_core.engine.training.train:train",
            title=title_of, data=lambda config: config.dataset, check=preflight.check, resumes=True, travels=True,
            keeps_epoch=True, stop_keeps=N_("Ends now. The weights so far become a model."),
        ),
        JobKind(
            "fine_tune", N_("fine-tuning"), "finetune", FineTuneConfig, FineTuneReport,
            "mnist_core.engine.fine_tuning.fine_tune:fine_tune",
            title=lambda _: "finetune", data=lambda _: "drawings", repeats=False, awaited=True,
        ),
        JobKind(
            "lr_find", N_("learning-rate range test"), "lr-find", TrainConfig, LearningRateReport,
            "mnist_core.engine.training.lr_range_test:find_learning_rate",
            title=title_of, data=lambda config: config.dataset, check=preflight.check, listed=False,
        ),
        JobKind(
            "compress", N_("compression"), "compress", CompressConfig, CompressReport,
            "mnist_core.engine.compression.compress:compress",
            title=lambda _: "compress", data=lambda config: config.dataset, check=preflight.check,
            stop_keeps=N_("Ends now. The models that are finished are measured, and you can keep them."),
            has_curve=lambda config: config.trains,
        ),
        JobKind(
            "search", N_("search"), "search", SearchConfig, SearchReport, "mnist_core.engine.search.search:search",
            title=lambda _: "search", data=lambda config: config.dataset, check=preflight.check_search, resumes=True,
            stop_keeps=N_("Ends now. The trials that are complete are kept."), has_curve=lambda _: False,
        ),
        JobKind(
            "federate", N_("federated learning"), "federate simulate", FederateConfig, FederateReport,
            "mnist_core.engine.federated.federate:federate",
            title=lambda _: "federate", data=lambda _: "drawings", check=preflight.check_federate, resumes=True,
            stop_keeps=N_("Ends now. The weights after the last complete round become a model."),
        ),
        JobKind(
            "federate_serve", N_("federated learning over a network"), "federate serve", FederateServeConfig,
            FederateReport, "mnist_core.engine.federated.federate:serve",
            title=lambda _: "federate serve", data=lambda _: "drawings", check=preflight.check_federate_serve,
            resumes=True, stop_keeps=N_("Ends now. The weights after the last complete round become a model."),
        ),
        JobKind(
            "make_onnx", N_("ONNX conversion"), "models make-onnx", OnnxConfig, OnnxReport,
            "mnist_core.engine.export.onnx:make_onnx",
            title=lambda _: "models make-onnx", data=lambda _: "nothing", listed=False, awaited=True,
        ),
        JobKind(
            "export", N_("export"), "export", ExportConfig, ExportReport, "mnist_core.engine.export.files:export_files",
            title=lambda _: "export", data=lambda _: "nothing", listed=False, awaited=True,
        ),
    )
}  # fmt: skip


def listed() -> tuple[str, ...]:
    """The names of the kinds that are worth keeping and comparing."""
    return tuple(kind.name for kind in KINDS.values() if kind.listed)


def kind_of(name: str, source: str) -> JobKind:
    """Raises:
    UnreadableError: a newer version knows this kind, or nobody does.
    """
    if name not in KINDS:
        raise UnreadableError(
            _(
                "{source} is of the unknown kind {kind!r}. Known kinds: {known}.",
                source=source,
                kind=name,
                known=language.listed(KINDS),
            )
        )
    return KINDS[name]
