"""federate: several collections of drawings improve one model, and each stays where it is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli import listing
from mnist_core.cli.in_process import begun, resumed, work
from mnist_core.cli.shared import (
    JsonOption,
    WorkspaceOption,
    command,
    errors,
    flags_of,
    hand_down,
    output,
    print_json,
)
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.common.files import expanded, exporting
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.config.flags import flag
from mnist_core.evaluation.federated import WAYS, gain, mean
from mnist_core.evaluation.reports import FederateReport
from mnist_core.evaluation.reports import as_json as as_values

KIND = "federate"

federate_app = CommandGroup(no_args_is_help=True, callback=hand_down)


@federate_app.command("simulate", help=_("Let all clients train in this process, and compare what each of them gains."))
@flags_of(FederateConfig, leave_out=["collections"])
def simulate(
    collections: Annotated[
        list[str] | None,
        typer.Option("--collection", help=_("The workspace of a client; can be repeated.")),
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(help=_("Write a chart of the clients' accuracies to this .html file as well."))
    ] = None,
    resume: Annotated[str, typer.Option(help=_("Resume an interrupted or failed run, by its id."))] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
    *,
    fields: dict[str, Any],
) -> None:
    """Simulate federated learning, or resume a simulation."""
    place = Workspace.open(workspace)
    if resume:
        job = resumed(resume, KIND, place, workspace)
    else:
        folders = "\n".join(str(expanded(each).absolute()) for each in collections or [])
        config = FederateConfig.checked(flag, **fields, collections=folders)
        job = begun(KIND, config, place)
    report = work(job, place, workspace, FederateReport)
    if chart is not None:
        _write_chart(report, chart)
    if as_json:
        print_json({"run": job.id, **as_values(report)})
    else:
        tell(report, workspace)


def tell(report: FederateReport, workspace: str) -> None:
    """Show the clients' accuracies and what MNIST lost."""
    for warning in report.warnings:
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)
    clients = report.clients
    columns: dict[str, list[str]] = {
        _("client"): [*(each.name for each in clients), _("mean")],
        _("learned"): [*(str(each.trained) for each in clients), ""],
        _("held out"): [*(str(each.held_out) for each in clients), ""],
    }
    for way, name in WAYS.items():
        if (average := mean(clients, way)) is not None:
            columns[_(name)] = [*(f"{each.share(way) or 0:.1%}" for each in clients), f"{average:.2%}"]
    listing.show(columns, names=_("client"), optional=_("learned"))
    if found := gain(clients, "federated"):
        output.print(
            _(
                "Federated learning changed the mean accuracy by {gain:+.2f} points (95% interval: {low:+.2f} to "
                "{high:+.2f}).",
                gain=100 * found[0], low=100 * found[1], high=100 * found[2],
            ),
            soft_wrap=True,
        )  # fmt: skip
    output.print(
        _(
            "Held-out images: {before:.2%} before, {after:.2%} after. The accuracy might have dropped by up to "
            "{drop:.2f} points (limit: {limit:g}).",
            before=report.validation_before.share, after=report.validation_after.share,
            drop=report.greatest_drop, limit=report.allowed_drop,
        ),
        soft_wrap=True,
    )  # fmt: skip
    output.print(
        _("In each round, a client sends {size:,.0f} kB of weights.", size=report.sent_bytes / 1000), soft_wrap=True
    )
    if report.epsilon is not None and report.delta is not None:
        output.print(
            _(
                "Differential privacy of the weights: ε = {epsilon:.3g} at δ = {delta:g}.",
                epsilon=report.epsilon,
                delta=report.delta,
            ),
            soft_wrap=True,
        )
    activating = command(f"models activate {report.model_id}", workspace)
    if report.accepted:
        told = _("{model} is in the registry. To activate it: {command}", model=report.model, command=activating)
    else:
        told = _(
            "{model} is in the registry, but it did not pass the acceptance test. To activate it nevertheless: "
            "{command}",
            model=report.model,
            command=activating,
        )
    output.print(told, soft_wrap=True)


def _write_chart(report: FederateReport, path: Path) -> None:
    from mnist_core.evaluation.federated_chart import chart

    with exporting(path) as temporary:
        chart(report.clients).write_html(temporary, include_plotlyjs=True)
