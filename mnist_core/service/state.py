"""Which services run on a workspace: each keeps a small file there, so that every tab of the app sees it."""

from contextlib import suppress
from pathlib import Path

from pydantic import ConfigDict

from mnist_core.common.errors import StudioError
from mnist_core.common.files import replacing, storage_errors
from mnist_core.common.language import Text
from mnist_core.common.records import Part, Record
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.process import Process

PORT = 8770
"""Where a service listens unless it is told otherwise."""


class ModelState(Part):
    """One model's figures; `comparison.Tally` has more of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: str
    model_name: str
    predictions: int
    mean_probability: float | None
    mean_ms: float | None
    feedback: int
    feedback_right: int


class ShadowState(Part):
    """How often the shadow model agrees."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    compared: int
    same_digit: int
    same_verdict: int


class State(Record):
    """A running service."""

    pid: int
    pid_started: float
    """See `Process`."""
    url: str
    problem: Text
    """Why the registry's active model is not the one that predicts; empty if it is."""
    models: list[ModelState]
    shadow: ShadowState | None

    @property
    def process(self) -> Process:
        return Process(self.pid, self.pid_started)


def path(workspace: Workspace, port: int) -> Path:
    """The file of the service at this port."""
    return workspace.services / f"{port}.json"


def write(file: Path, state: State) -> None:
    """Raises:
    StorageError: the disk is full, or the like.
    """
    with storage_errors(file):
        file.parent.mkdir(exist_ok=True)
    with replacing(file, durable=False) as temporary:
        temporary.write_text(state.text(), encoding="utf-8")


def running(workspace: Workspace) -> list[State]:
    """The services that run on this workspace."""
    found = []
    for file in sorted(workspace.services.glob("*.json")):
        with suppress(StudioError, OSError):  # it has just ended, or another version wrote it
            state = State.parse(file.read_bytes(), file.name)
            if state.process.alive:
                found.append(state)
    return found
