"""The members of an ensemble that are trained apart. Each is a training in a folder below the ensemble's run."""

from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.jobs.runs import Run


def run_of(workspace: Workspace, ensemble: Run, number: int, config: Config) -> Run:
    """The training of a member, which is made if there is none.

    Args:
        number: from 0.
        config: the ensemble's.
    """
    run = Run.at(workspace, f"{ensemble.id}/{ensemble.members.name}/{number:04d}")
    if not (run.folder / "config.json").exists():
        run = Run.create(workspace, run.id, ensemble.kind(), config)
    return run


def number_of(run: Run) -> int:
    """Which member a run trains."""
    return int(run.folder.name)
