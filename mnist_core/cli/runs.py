"""runs list."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from mnist_core.cli.shared import JsonOption, WorkspaceOption, command, output
from mnist_core.common.errors import UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.job import RESUMABLE, Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

runs_app = typer.Typer(no_args_is_help=True, help="The trainings and fine-tunings: list.")


@runs_app.command("list")
def list_runs(
    limit: Annotated[int, typer.Option(help="Show at most this many of the newest runs.", min=1)] = 20,
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
        print(json.dumps({"runs": rows}))
        return
    if not rows:
        output.print(f"No run yet. {command('train', workspace)} starts one.")
        return
    table = Table("name", "kind", "data", "state", "tested", box=None, padding=(0, 2, 0, 0))
    table.add_column("id", no_wrap=True)  # it is there to be copied
    for row in rows:
        tested = "–" if row["test_accuracy"] is None else f"{row['test_accuracy']:.2%}"
        table.add_row(row["name"], row["kind"], row["data"], row["state"], tested, row["id"])
    output.print(table)
    for kind in dict.fromkeys(KINDS[job.kind] for job in shown if job.state in RESUMABLE):
        if kind.resumes:
            go_on = command(f"{kind.command} --resume ID", workspace)
            output.print(f"To resume an interrupted or failed {kind.noun}: {go_on}", soft_wrap=True)


def _row(job: Job, run: Run) -> dict[str, Any]:
    try:
        run.config()
        test_accuracy, unreadable = getattr(run.report(), "test_accuracy", None), ""
    except UnreadableError as error:
        test_accuracy, unreadable = None, str(error)
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
