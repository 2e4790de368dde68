"""train, lr-find, finetune: run a job in this process, with a progress bar."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from mnist_core.cli import preview
from mnist_core.cli.progress_bar import ProgressBar
from mnist_core.cli.results import tell_learning_rate, tell_trained, tell_tuned
from mnist_core.cli.shared import (
    DryRunOption,
    JsonOption,
    WorkspaceOption,
    command,
    find_model,
    flag,
    flags_of,
    no_preset,
    print_json,
)
from mnist_core.collection import file_formats
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text, _, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS, offered
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data import datasets
from mnist_core.evaluation.reports import FineTuneReport, LearningRateReport, Report, TrainReport
from mnist_core.evaluation.reports import as_json as as_values
from mnist_core.jobs import candidates, preflight
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import kind_of
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry

R = TypeVar("R", bound=Report)


@flags_of(TrainConfig)
def train(
    preset: Annotated[str, typer.Option(help=_("Start from a preset: {presets}.", presets=offered()))] = "balanced",
    resume: Annotated[str, typer.Option(help=_("Resume an interrupted or failed run, by its id."))] = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Train a model, or resume a training."""
    place = Workspace.open(workspace)
    jobs, here = Jobs(place), Process.of(os.getpid())
    if resume:
        if dry_run:
            raise InputError(_("--dry-run shows the data of a new training. Leave out --resume or --dry-run."))
        if (job := jobs.get(resume)).kind != "train":
            raise InputError(sentences([_("Run {run} is not a training.", run=resume), _go_on(job, workspace)]))
        job = jobs.claim(resume, here)
    else:
        config = _train_config(preset, fields, place)
        if dry_run:
            preview.show(config.dataset, place, fields.get("turn_images"), trains=True, as_json=as_json)
            return
        _load_files(config, fields, place)
        job = jobs.submit("train", config, by=here)
    report = _work(job, place, workspace, TrainReport)
    if as_json:
        print_json(as_values(report))
        return
    registry, name = Registry(place), report.model_id
    tell_trained(report, registry.get(name), registry.active(), command(f"models activate {name}", workspace))


@flags_of(TrainConfig)
def lr_find(
    preset: Annotated[str, typer.Option(help=_("Start from a preset: {presets}.", presets=offered()))] = "balanced",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Run a learning-rate range test and suggest a learning rate."""
    place = Workspace.open(workspace)
    jobs = Jobs(place)
    config = _train_config(preset, fields, place)
    _load_files(config, fields, place)
    job = jobs.submit("lr_find", config, by=Process.of(os.getpid()))
    try:
        report = _work(job, place, workspace, LearningRateReport)
    finally:
        jobs.delete(job.id)
    if as_json:
        print_json(as_values(report))
    else:
        tell_learning_rate(report)


def _load_files(config: TrainConfig, fields: dict[str, Any], workspace: Workspace) -> None:
    """Load a data set from elsewhere now, for the training, so that what is wrong with it is said at once."""
    if config.dataset not in datasets.BY_NAME:
        turn = fields.get("turn_images")
        datasets.hand_over(config.dataset, preview.checked(config.dataset, workspace, turn, trains=True))


def _train_config(preset: str, fields: dict[str, Any], workspace: Workspace) -> TrainConfig:
    if preset not in PRESETS:
        raise InputError(no_preset(preset))
    config = TrainConfig.checked(flag, **{**PRESETS[preset], **fields})
    preflight.check(config, workspace)
    return config


@flags_of(FineTuneConfig)
def finetune(
    drawings_path: Annotated[
        str,
        typer.Option("--drawings", help=_("A .jsonl(.gz) or .zip of labelled drawings. [the collected drawings]")),
    ] = "",
    keep_anyway: Annotated[
        bool,
        typer.Option("--keep-anyway", help=_("Keep an accepted model even if it has gained nothing.")),
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Fine-tune a model on labelled drawings, and keep it if it is accepted and gains something."""
    place = Workspace.open(workspace)
    if drawings_path:
        given = file_formats.labelled(file_formats.read(Path(drawings_path)), drawings_path)
    else:
        given = DrawingStore(place).all()
        fields = {"include_earlier": False, **fields}  # a drawing that the collection lacks was deleted
    registry = Registry(place)
    before, base = registry.active(), find_model(fields.get("model", ""), registry)
    config = FineTuneConfig.checked(flag, **{**fields, "model": base.id})
    if not config.include_earlier:
        preflight.check_count(len(given))
    job = Jobs(place).submit("fine_tune", config, drawings=given, by=Process.of(os.getpid()))
    report = _work(job, place, workspace, FineTuneReport)
    kept = report.gained or (report.accepted and keep_anyway)
    model = candidates.keep(place, Run.at(place, job.id)) if kept else base
    if as_json:
        values = {**as_values(report), "gained": report.gained, "kept": kept}
        print_json({**values, "model": model.name, "model_id": model.id})
    else:
        go_back = command(f"models activate {before.id}", workspace)
        tell_tuned(report, registry.active(), go_back, model if kept else None)


def _work(job: Job, workspace: Workspace, named: str, kind: type[R]) -> R:
    """Run the job in this process, with a progress bar. Ctrl-C and TERM save it and exit; a second one exits at once.

    Args:
        named: the workspace as the person named it.
    """

    def interrupt() -> None:
        with suppress(StudioError):  # it has ended, or the database is locked: then whoever looks next marks it
            Jobs(workspace).set_state(job.id, "interrupted")

    leave, resumes = threading.Event(), kind_of(job.kind, job.id).resumes

    def ask() -> None:
        leave.set()
        if not resumes:  # there is nothing to save that would take long
            cancelling.end_after_a_while()

    try:
        with _library_messages_to(Run.at(workspace, job.id).log) as terminal, ProgressBar(terminal) as bar:
            with cancelling.loading(interrupt):
                reading = threading.Thread(target=_read_mnist, args=(workspace,), daemon=True)
                reading.start()
                from mnist_core.engine.worker import work

                reading.join()
            with cancelling.saving(ask, interrupt):
                ended = work(job, workspace, leave, bar.update)
    except cancelling.Cancelled:
        interrupt()
        raise
    if ended.state == "interrupted":
        saved = [_("The training was saved as run {run}.", run=job.id)] if resumes else []
        raise cancelling.Cancelled(sentences([*saved, _go_on(job, named)]))
    report = Run.at(workspace, job.id).report_as(kind)
    if report is None:
        raise StudioError(sentences([ended.outcome(ended.title), ended.message]))
    return report


def _read_mnist(workspace: Workspace) -> None:
    """Read MNIST while TensorFlow loads."""
    with suppress(StudioError, OSError):  # the job that needs it reports it
        datasets.keep_mnist(workspace)


def _go_on(job: Job, named: str) -> Text:
    """A sentence about continuing an interrupted job."""
    if not kind_of(job.kind, _("Run {run}", run=job.id)).resumes:
        return _("It cannot be resumed. Start it again.")
    return _("To resume it: {command}", command=command(f"{job.label} --resume {job.id}", named))


@contextmanager
def _library_messages_to(log: Path) -> Iterator[Console]:
    """Point the process's standard error at the run's log; yield a console that still reaches the terminal.

    TensorFlow's C++ writes to the file descriptor, past Python.
    """
    terminal = os.dup(sys.stderr.fileno())
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    with log.open("ab") as file, os.fdopen(os.dup(terminal), "w", encoding=encoding, errors=errors) as stream:
        os.dup2(file.fileno(), sys.stderr.fileno())
        try:
            yield Console(file=stream, highlight=False)
        finally:
            os.dup2(terminal, sys.stderr.fileno())
            os.close(terminal)
