"""A job, and the states that it goes through.

queued → starting → running ⇄ paused → completed | stopped | failed | interrupted → (resume) queued
"""

from dataclasses import dataclass
from typing import Literal

from mnist_core.common.language import N_, Text, _, sentences, unpacked
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
OUTCOMES: dict[State, str] = {
    "completed": N_("{run} is complete."),
    "stopped": N_("{run} was stopped."),
    "failed": N_("{run} failed."),
    "interrupted": N_("{run} was interrupted."),
}
"""State of a job that has ended → that in a sentence."""

Cause = Literal["", "died", "nothing_kept", "discarded", "cluster_gone"]
CAUSES: dict[str, str] = {
    "": "",
    "died": N_("The trainer ended unexpectedly."),
    "nothing_kept": N_("It ended before there was anything to keep."),
    "discarded": N_("It was discarded."),
    "cluster_gone": N_("The connection to the cluster was lost."),
}
"""Why a job has ended, where its state does not tell → what people read."""


@dataclass(frozen=True)
class Job:
    """One row of the table of jobs."""

    id: str
    number: int
    """Greater than that of every earlier job."""
    kind: str
    name: str
    state: State
    cause: str
    """Why it has ended: a `Cause`, or a text (`packed`). Version 0.1 wrote an English sentence about a failure."""
    note: str
    tags: tuple[str, ...]
    """A person's words for it, to find it and its like."""
    model_id: str | None
    created: str
    process: Process | None

    @property
    def label(self) -> str:
        """The command of its kind; the code of a kind that this version does not know."""
        return KINDS[self.kind].command if self.kind in KINDS else self.kind

    @property
    def kind_text(self) -> str:
        """What people call its kind; the code of a kind that this version does not know."""
        return _(KINDS[self.kind].noun) if self.kind in KINDS else self.kind

    @property
    def title(self) -> str:
        """Its name. One that the program made of its kind and the time has the kind in words."""
        code, _comma, moment = self.name.rpartition(", ")
        if code != self.label:
            return self.name
        kind = self.kind_text
        return _("{kind}, {moment}", kind=kind[:1].upper() + kind[1:], moment=moment)

    @property
    def state_text(self) -> Text:
        """What people call its state."""
        return _(STATES[self.state])

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def unfinished(self) -> bool:
        """Whether it waits or is in progress."""
        return self.active or self.state == "queued"

    def outcome(self, run: str) -> Text:
        """How it has ended, in a sentence.

        Args:
            run: what the sentence calls the run.
        """
        return _(OUTCOMES[self.state], run=run)

    @property
    def message(self) -> Text:
        """What a person should know of its end: why it ended, and what resuming it would do. Empty if all is well."""
        if self.cause not in CAUSES:
            return unpacked(self.cause)
        why = _(CAUSES[self.cause])
        told = [why, self.on_resume] if self.state == "interrupted" else [why]
        return sentences(each for each in told if each)

    @property
    def on_resume(self) -> Text:
        """What resuming it would do, in a sentence."""
        kind = KINDS.get(self.kind)
        if kind is not None and kind.resumes:
            return _("Resume continues from its last checkpoint, if it has one.")
        return _("It can be started again.")
