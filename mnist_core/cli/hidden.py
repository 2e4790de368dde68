"""The commands that the program gives itself: its trainers, and the process that opens a model from elsewhere."""

from pathlib import Path

from mnist_core.cli.shared import WorkspaceOption
from mnist_core.common import cancelling, processes
from mnist_core.common.files import storage_errors
from mnist_core.common.workspace import Workspace
from mnist_core.engine import trainer
from mnist_core.models import hdf5, import_export
from mnist_core.models.input_form import Wanted


def trainer_command(workspace: WorkspaceOption = "") -> None:
    """The app's standby trainer: reads a job's id from standard input."""
    trainer.main(Workspace.open(workspace))


def open_model_command(path: Path, folder: Path, kind: str, scale: str, inverted: str) -> None:
    """Open an untrusted model in this (limited) process.

    Args:
        kind: keras, h5 or onnx.
        scale: what the person says about the scale of the images; empty for nothing.
        inverted: the same for dark digits on a light background: True, False, or empty.
    """
    with processes.telling_failure():
        if kind == "keras":
            import_export.check_weights(path)
        elif kind == "h5":
            hdf5.check_model(path, import_export.MAX_FILE)
        with cancelling.loading():
            from mnist_core.engine.export import untrusted
        untrusted.limit_memory()
        wanted = Wanted.of(scale, {"True": True, "False": False}.get(inverted))
        with storage_errors(folder):
            (untrusted.open_onnx if kind == "onnx" else untrusted.open_model)(path, folder, wanted)
