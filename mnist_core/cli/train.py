"""train, lr-find, finetune: run a job in this process, with a progress bar."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli import preview
from mnist_core.cli.in_process import resumed, take_compute, work
from mnist_core.cli.results import tell_learning_rate, tell_trained, tell_tuned
from mnist_core.cli.shared import (
    DryRunOption,
    JsonOption,
    WorkspaceOption,
    command,
    find_model,
    flags_of,
    no_preset,
    print_json,
)
from mnist_core.collection import file_formats
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.flags import flag
from mnist_core.config.presets import PRESETS, offered
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data import datasets
from mnist_core.evaluation.reports import FineTuneReport, LearningRateReport, TrainReport
from mnist_core.evaluation.reports import as_json as as_values
from mnist_core.jobs import candidates, preflight
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry


@flags_of(TrainConfig, Compute)
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
    where = take_compute(place, fields)
    if resume:
        if dry_run:
            raise InputError(_("--dry-run shows the data of a new training. Leave out --resume or --dry-run."))
        job = resumed(resume, "train", place, workspace)
    else:
        config = _train_config(preset, fields, place)
        if dry_run:
            preview.show(config.dataset, place, fields.get("turn_images"), trains=True, as_json=as_json)
            return
        _load_files(config, fields, place)
        job = Jobs(place).submit("train", config, by=Process.of(os.getpid()))
    report = work(job, place, workspace, TrainReport, where)
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
        report = work(job, place, workspace, LearningRateReport)
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
    report = work(job, place, workspace, FineTuneReport)
    kept = report.gained or (report.accepted and keep_anyway)
    model = candidates.keep(place, Run.at(place, job.id)) if kept else base
    if as_json:
        values = {**as_values(report), "gained": report.gained, "kept": kept}
        print_json({**values, "model": model.name, "model_id": model.id})
    else:
        go_back = command(f"models activate {before.id}", workspace)
        tell_tuned(report, registry.active(), go_back, model if kept else None)
