"""compress: smaller models of a model, measured beside it, and which of them to keep."""

import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mnist_core.cli import listing
from mnist_core.cli.in_process import work
from mnist_core.cli.shared import (
    JsonOption,
    WorkspaceOption,
    command,
    errors,
    find_model,
    flags_of,
    output,
    print_json,
)
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError
from mnist_core.common.language import _, listed, n_, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.config.flags import flag
from mnist_core.config.schema import CompressConfig
from mnist_core.evaluation.compression import Score, key_of
from mnist_core.evaluation.compression_plan import planned
from mnist_core.evaluation.reports import CompressReport
from mnist_core.evaluation.reports import as_json as as_values
from mnist_core.jobs import points, preflight
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

ALL = "all"
KIND = "compress"


@flags_of(CompressConfig)
def compress(
    keep: Annotated[
        str, typer.Option(help=_("Keep these models: keys of the table, separated by commas, or all."))
    ] = "",
    run: Annotated[str, typer.Option(help=_("Show an earlier compression, by its id, or keep models of it."))] = "",
    discard: Annotated[bool, typer.Option("--discard", help=_("Delete the models that wait in --run."))] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Compress a model; or keep models of an earlier compression."""
    place = Workspace.open(workspace)
    if discard and not run:
        raise InputError(_("--discard needs --run with the id of a compression."))
    if run and fields:
        given = ", ".join(map(flag, fields))
        raise InputError(
            _("--run shows an earlier compression, so it takes no settings. Leave out {given}.", given=given)
        )
    if run:
        folder, report = _earlier(run, place)
        points.check(folder, _wanted(keep, folder))
    else:
        config = CompressConfig.checked(
            flag, **{**fields, "model": find_model(fields.get("model", ""), Registry(place)).id}
        )
        preflight.check(config, place)
        _check_keys(keep, config)
        job = Jobs(place).submit(KIND, config, by=Process.of(os.getpid()))
        report = work(job, place, workspace, CompressReport)
        folder = Run.at(place, job.id)
    wanted, made = _wanted(keep, folder), points.keys(folder)
    kept = [points.keep(place, folder, key) for key in wanted if key in made]
    if discard:
        points.discard(folder)
    if as_json:
        models = {each.card.compression.point.key: each.id for each in kept if each.card.compression}
        print_json({"run": folder.id, **as_values(report), "kept": models})
    else:
        _tell(report, folder, kept, workspace)
        if discard:
            output.print(_discarded(len(made)), soft_wrap=True)
    if not run:
        points.check(folder, wanted)  # a stop or a step that failed leaves models out
        if cancelling.asked():
            raise cancelling.Cancelled


def _earlier(run_id: str, workspace: Workspace) -> tuple[Run, CompressReport]:
    """Raises:
    InputError: there is no such run, it is no compression, or it has no report.
    """
    job, run = Jobs(workspace).get(run_id), Run.at(workspace, run_id)
    if job.kind != KIND:
        raise InputError(_("Run {run} is not a compression.", run=run_id))
    if (report := run.report_as(CompressReport)) is None:
        raise InputError(_("Run {run} has no models. State: {state}.", run=run_id, state=job.state_text))
    return run, report


def _wanted(keep: str, run: Run) -> list[str]:
    """The keys of the points to keep."""
    return points.keys(run) if keep == ALL else _keys(keep)


def _keys(keep: str) -> list[str]:
    return [each.strip() for each in keep.split(",") if each.strip()]


def _check_keys(keep: str, config: CompressConfig) -> None:
    """Raises:
    InputError: the compression cannot make one of the models to keep.
    """
    known = [key_of(steps) for steps in planned(config)]
    for key in [] if keep == ALL else _keys(keep):
        if key not in known:
            choices = listed([*known, ALL])
            raise InputError(
                _("--keep: this compression makes no model {key!r}. Choose from: {known}.", key=key, known=choices)
            )


def _tell(report: CompressReport, run: Run, kept: Sequence[Model], workspace: str) -> None:
    for warning in report.warnings:
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)
    rows = report.points
    columns: dict[str, list[str]] = {
        _("key"): [each.key for each in rows],
        _("kB"): [f"{each.bytes / 1000:,.0f}" for each in rows],
        _("share"): [f"{each.bytes / rows[0].bytes:.0%}" for each in rows],
        _("kB zipped"): [f"{each.zipped / 1000:,.0f}" for each in rows],
        _("weights"): [f"{each.nonzero:,}" for each in rows],
        _("ms"): [f"{each.milliseconds:.3f}" for each in rows],
        _("validation"): [_share(each.validation) for each in rows],
        _("test"): [_share(each.test) for each in rows],
        _("your drawings"): [_share(each.own_drawings) for each in rows],
        _("drawings"): [_share(each.drawings) for each in rows],
        _("refused"): ["–" if each.refused is None else f"{each.refused:.1%}" for each in rows],
    }
    shown = {name: column for name, column in columns.items() if set(column) != {"–"}}
    listing.show(shown, names=_("key"), optional=_("kB zipped"))
    for model in kept:
        output.print(
            _(
                "{model} is in the registry. To activate it: {command}",
                model=model.name, command=command(f"models activate {model.id}", workspace),
            ),
            soft_wrap=True,
        )  # fmt: skip
    if not kept and points.keys(run):
        keeping = command(f"{KIND} --run {run.id} --keep KEY", workspace)
        output.print(_("To keep a model: {command}", command=keeping), soft_wrap=True)


def _discarded(count: int) -> str:
    """That the models of a run were deleted: so many."""
    if not count:
        return _("There were no models to delete.")
    deleted = n_("{n} model of this compression was deleted.", "{n:,} models of this compression were deleted.", count)
    return sentences([deleted, _("Models that you kept are still in the registry.")])


def _share(score: Score | None) -> str:
    return "–" if score is None else f"{score.share:.2%}"
