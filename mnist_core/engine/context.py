"""The one argument of every job function: config, workspace, run folder, control, progress callback."""

from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.fields import Config
from mnist_core.engine.control import Control, OnProgress
from mnist_core.jobs.progress import Phase
from mnist_core.jobs.runs import Run

C_co = TypeVar("C_co", bound=Config, covariant=True)
D = TypeVar("D", bound=Config)


def nobody(_: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class RunContext(Generic[C_co]):
    """One run of one job."""

    config: C_co
    workspace: Workspace
    run: Run
    control: Control
    on_progress: OnProgress = nobody
    compute: Compute = field(default_factory=Compute)
    """Where the work is done that can be done elsewhere."""

    def tell(self, phase: Phase, **figures: Any) -> None:
        """Write that this phase begins.

        Args:
            figures: other fields of `Progress`, such as those that the phase's text names.

        Raises:
            Stop, Discard, Interrupted: a person, or the owner of this process, wants the run to end.
        """
        self.control.check()
        progress = self.run.progress().model_copy(update={"phase": phase, **figures})
        self.run.write_progress(progress)
        self.on_progress(progress)

    def with_config(self, config: D) -> "RunContext[D]":
        """The same run with another config."""
        return RunContext(config, self.workspace, self.run, self.control, self.on_progress, self.compute)

    def with_control(self, control: Control) -> "RunContext[C_co]":
        """The same run, obeying another control."""
        return replace(self, control=control)
