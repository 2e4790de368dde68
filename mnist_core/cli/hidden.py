"""The commands that the program gives itself: its trainers, and the process that opens a model from elsewhere."""

from pathlib import Path

from mnist_core.cli.shared import WorkspaceOption
from mnist_core.common import cancelling, processes
from mnist_core.common.files import storage_errors
from mnist_core.common.workspace import Workspace
from mnist_core.engine import trainer
from mnist_core.models import import_export


def trainer_command(workspace: WorkspaceOption = "") -> None:
    """The app's standby trainer: reads a job's id from standard input."""
    trainer.main(Workspace.open(workspace))


def open_model_command(path: Path, folder: Path) -> None:
    """Open an untrusted model in this (limited) process."""
    with processes.telling_failure():
        import_export.check_weights(path)
        with cancelling.loading():
            from mnist_core.engine.export import untrusted
        untrusted.limit_memory()
        with storage_errors(folder):
            untrusted.open_model(path, folder)
