"""search: train with different settings, and which of them are the best."""

from typing import Annotated, Any

import typer

from mnist_core.cli import listing
from mnist_core.cli.in_process import begun, resumed, take_compute, work
from mnist_core.cli.shared import (
    JsonOption,
    WorkspaceOption,
    command,
    errors,
    flags_of,
    no_preset,
    output,
    print_json,
)
from mnist_core.common.clock import duration
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.flags import command_line, flag
from mnist_core.config.presets import PRESETS, offered
from mnist_core.config.search import OBJECTIVES, SearchConfig
from mnist_core.config.search_space import Value
from mnist_core.evaluation.reports import SearchReport
from mnist_core.evaluation.reports import as_json as as_values
from mnist_core.evaluation.search import TRIAL_STATES
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run

KIND = "search"


@flags_of(SearchConfig, Compute, leave_out=["space"])
def search(
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", help=_("A range, such as learning_rate=0.001..0.03; can be repeated.")),
    ] = None,
    choices: Annotated[
        list[str] | None,
        typer.Option("--choice", help=_("Choices, such as architecture=mlp,lenet,fast; can be repeated.")),
    ] = None,
    preset: Annotated[str, typer.Option(help=_("Start from a preset: {presets}.", presets=offered()))] = "balanced",
    resume: Annotated[str, typer.Option(help=_("Resume an interrupted or failed run, by its id."))] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Search for settings, or resume a search."""
    place = Workspace.open(workspace)
    where = take_compute(place, fields)
    if resume:
        job = resumed(resume, KIND, place, workspace)
    else:
        config = _config(preset, [*(ranges or []), *(choices or [])], fields)
        job = begun(KIND, config, place)
    report = work(job, place, workspace, SearchReport, where)
    if as_json:
        print_json({"run": job.id, **as_values(report)})
    else:
        _tell(report, place, job, workspace)


def _config(preset: str, space: list[str], fields: dict[str, Any]) -> SearchConfig:
    if preset not in PRESETS:
        raise InputError(no_preset(preset))
    if not space:
        raise InputError(
            _("There is nothing to search. Give at least one {range} or {choice}.", range="--range", choice="--choice")
        )
    if fields.get("minutes"):  # minutes alone limit the search unless a number of trials is given, too
        fields = {"trials": 0, **fields}
    return SearchConfig.checked(flag, **{**PRESETS[preset], **fields, "space": "\n".join(space)})


def _tell(report: SearchReport, place: Workspace, job: Job, workspace: str) -> None:
    config = Run.at(place, job.id).config()
    assert isinstance(config, SearchConfig)
    names = list(report.trials[0].settings)
    columns: dict[str, list[str]] = {
        _("trial"): [f"{each.number} *" if each.number in report.best else str(each.number) for each in report.trials],
        **{name: [_value(each.settings[name]) for each in report.trials] for name in names},
        _("state"): [_(TRIAL_STATES[each.state]) for each in report.trials],
        _("validation"): ["–" if each.accuracy is None else f"{each.accuracy:.2%}" for each in report.trials],
        _("loss"): ["–" if each.loss is None else f"{each.loss:.4f}" for each in report.trials],
        _("parameters"): [f"{each.parameters:,}" if each.parameters else "–" for each in report.trials],
        _("epochs"): [str(each.epochs) for each in report.trials],
        _("time"): [duration(each.seconds) for each in report.trials],
    }
    listing.show(columns, names=_("trial"), optional=_("loss"))
    for trial in report.trials:
        if trial.reason:
            failed = _("trial {number}: {reason}", number=trial.number, reason=trial.reason)
            errors.print(_("warning: {message}", message=failed), soft_wrap=True)
    if report.importances:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in report.importances.items())
        output.print(_("Importance of the settings: {shares}", shares=shares), soft_wrap=True)
    output.print(
        _("* {objective}. To train with these settings:", objective=_(OBJECTIVES[report.objective])), soft_wrap=True
    )
    for number in report.best:
        settings = config.trial(report.trial(number).settings)
        words = command_line("train", settings).removeprefix("mnist-studio ")
        output.print(f"  {command(words, workspace)}", soft_wrap=True)


def _value(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
