"""The files that export jobs have made: each job's lie in its run's folder."""

from pathlib import Path

from mnist_core.common.errors import UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import ExportConfig
from mnist_core.evaluation.reports import ExportReport
from mnist_core.jobs.job import Job
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

KIND = "export"
ENOUGH = 100
"""More such jobs than there can be."""


def folder_of(run: Run) -> Path:
    """Where an export job puts its files."""
    return run.folder / "files"


def jobs_of(jobs: Jobs, workspace: Workspace, model_id: str) -> list[Job]:
    """The export jobs of a model, newest first."""
    found = []
    for job in jobs.page(limit=ENOUGH, kinds=(KIND,)):
        try:
            config = Run.at(workspace, job.id).config()
        except UnreadableError:
            continue
        if isinstance(config, ExportConfig) and config.model == model_id:
            found.append(job)
    return found


def report_of(run: Run) -> ExportReport | None:
    """The report of an export job; None if it has none that can be read."""
    try:
        return run.report_as(ExportReport)
    except UnreadableError:
        return None
