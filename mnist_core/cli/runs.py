"""runs list."""

from typing import Annotated, Any

import typer

from mnist_core.cli import listing
from mnist_core.cli.shared import JsonOption, WorkspaceOption, command, hand_down, output, print_json
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.job import RESUMABLE, Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run, data_text

runs_app = CommandGroup(no_args_is_help=True, callback=hand_down)


@runs_app.command("list", help=_("List the newest runs with their states and test accuracies."))
def list_runs(
    limit: Annotated[int, typer.Option(help=_("How many runs to show."), min=1)] = 20,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """List the runs, newest first, each with its state and test accuracy."""
    place = Workspace.open(workspace)
    jobs = Jobs(place)
    jobs.reconcile()
    shown = jobs.page(limit=limit)
    rows = [_row(job, Run.at(place, job.id)) for job in shown]
    if as_json:
        print_json({"runs": rows})
        return
    if not rows:
        output.print(_("There is no run yet. To start one: {command}", command=command("train", workspace)))
        return
    columns: dict[str, list[str]] = {
        _("name"): [job.title for job in shown],
        _("kind"): [job.kind_text for job in shown],
        _("data"): [data_text(row["data"]) for row in rows],
        _("state"): [job.state_text for job in shown],
        _("test accuracy"): [_tested(row["test_accuracy"]) for row in rows],
        _("id"): [job.id for job in shown],
    }
    listing.show(columns, names=_("name"), optional=_("data"))
    newest = {KINDS[job.kind]: job.id for job in reversed(shown) if job.state in RESUMABLE}
    for kind, run in reversed(newest.items()):
        if kind.resumes:
            go_on = command(f"{kind.command} --resume {run}", workspace)
            output.print(_("To resume an interrupted or failed run: {command}", command=go_on), soft_wrap=True)


def _tested(accuracy: float | None) -> str:
    return "–" if accuracy is None else f"{accuracy:.2%}"


def _row(job: Job, run: Run) -> dict[str, Any]:
    try:
        run.config()
        test_accuracy, unreadable = getattr(run.report(), "test_accuracy", None), Text("")
    except UnreadableError as error:
        test_accuracy, unreadable = None, error.text
    return {
        "id": job.id,
        "name": job.name,
        "kind": job.label,
        "data": "unreadable" if unreadable else run.learns_from(),
        "state": job.state,
        "message": unreadable or job.message,
        "test_accuracy": test_accuracy,
        "model_id": job.model_id,
        "created": job.created,
    }
