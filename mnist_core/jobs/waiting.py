"""How long a job waits until those before it have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.common.clock import duration
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.job import Job
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

LOOKED_AT = 20
"""Earlier jobs of the same kind among which one like it is looked for."""
UNLIKE = {"name", "seed", "note"}
"""Settings that do not change how long a job takes."""

Settings = dict[str, Any]


@dataclass(frozen=True)
class Wait:
    """What is before a job in the queue."""

    after: Job
    """The last one before it."""
    seconds: float
    whole: bool
    """Whether all times are known; otherwise it takes longer."""

    @property
    def text(self) -> Text:
        """About how long, where anything is known."""
        if not self.seconds:
            return _("The time left is not known yet.")
        about = duration(self.seconds)
        return _("About {duration}.", duration=about) if self.whole else _("More than {duration}.", duration=about)

    @property
    def start_text(self) -> str:
        """In about how long it starts; empty if nothing is known."""
        if not self.seconds:
            return ""
        about = duration(self.seconds)
        if self.whole:
            return _("Starts in about {duration}.", duration=about)
        return _("Starts in more than {duration}.", duration=about)


def before(workspace: Workspace, unfinished: Sequence[Job], job_id: str | None = None) -> Wait | None:
    """What a job waits for; None if nothing is before it.

    Args:
        unfinished: all jobs that are under way or wait, in order.
        job_id: a waiting one; None for one that is yet to come.
    """
    ids = [job.id for job in unfinished]
    ahead = unfinished[: ids.index(job_id)] if job_id in ids else unfinished
    if not ahead:
        return None
    left = [time_left(workspace, job) for job in ahead]
    return Wait(ahead[-1], sum(each or 0.0 for each in left), None not in left)


def time_left(workspace: Workspace, job: Job) -> float | None:
    """Seconds until this job has ended once it is its turn; None if nobody knows."""
    if job.active:
        return Run.at(workspace, job.id).progress().eta_s if job.state != "paused" else None
    return usual_seconds(workspace, job.kind, None if job.kind == "fine_tune" else _settings(workspace, job))


def usual_seconds(workspace: Workspace, kind: str, settings: Settings | None = None) -> float | None:
    """How long the newest job of this kind took, if `settings` are given: the newest that had the same."""
    for job in Jobs(workspace).page(limit=LOOKED_AT, kinds=(kind,)):
        if job.state == "completed" and settings in (None, _settings(workspace, job)):
            try:
                report = Run.at(workspace, job.id).report()
            except UnreadableError:
                continue
            if report is not None:
                return report.total_seconds
    return None


def _settings(workspace: Workspace, job: Job) -> Settings:
    try:
        return Run.at(workspace, job.id).config().model_dump(exclude=UNLIKE)
    except UnreadableError:
        return {}
