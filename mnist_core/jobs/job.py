"""A job, and the states that it goes through.

queued → starting → running ⇄ paused → completed | stopped | failed | interrupted → (resume) queued
"""

from dataclasses import dataclass
from typing import Literal

from mnist_core.common.language import N_
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.process import Process

State = Literal["queued", "starting", "running", "paused", "completed", "stopped", "failed", "interrupted"]
STATES: dict[State, str] = {
    "queued": N_("queued"),
    "starting": N_("starting"),
    "running": N_("running"),
    "paused": N_("paused"),
    "completed": N_("completed"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
}
"""State → what people call it."""

ACTIVE: tuple[State, ...] = ("starting", "running", "paused")
RESUMABLE: tuple[State, ...] = ("interrupted", "failed")
CAME_FROM: dict[State, tuple[State, ...]] = {
    "queued": RESUMABLE,
    "starting": ("queued", *RESUMABLE),
    "running": ("starting", "paused"),
    "paused": ("running",),
    "completed": ("running", "paused"),
    "stopped": ("running", "paused"),
    "failed": ACTIVE,
    "interrupted": ACTIVE,
}
"""State → the states that a job may come from. Each statement that changes a state names them."""


@dataclass(frozen=True)
class Job:
    """One row of the table of jobs."""

    id: str
    kind: str
    name: str
    state: State
    message: str
    note: str
    model_id: str | None
    created: str
    process: Process | None

    @property
    def label(self) -> str:
        """What people call its kind; the code of a kind that this version does not know."""
        return KINDS[self.kind].command if self.kind in KINDS else self.kind

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def unfinished(self) -> bool:
        """Whether it waits or is under way."""
        return self.active or self.state == "queued"

    @property
    def outcome(self) -> str:
        """How it ended, as the rest of a sentence: "failed", "was stopped"."""
        return self.state if self.state == "failed" else f"was {self.state}"

    @property
    def on_resume(self) -> str:
        """What resuming it would do, in a sentence."""
        kind = KINDS.get(self.kind)
        if kind is not None and kind.resumes:
            return "Resume continues from its last checkpoint, if it has one."
        return "It can be started again."
