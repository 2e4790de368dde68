"""Where everything is kept, and how it is written: nothing else in the project knows a path.

<workspace>/
  studio.db        drawings, jobs, models, settings (see `mnist_core.common.database`)
  runs/<id>/       one job: its config, progress, metrics, log, checkpoints and report;
                   a fine-tuning's drawings and candidate as well
  models/<id>/     one model: model.keras, model.onnx, card.json
  datasets/        mnist.npz
  compiled/        programs that JAX has compiled; may be deleted
  predictions/     what models predict for MNIST, for the next fine-tuning; may be deleted
  trainer.log      what the standby trainer said before it had a job
  app.lock         held by the app whose job runner owns the workspace
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.common.errors import InputError

ASSETS = Path(__file__).parents[1] / "assets"


@dataclass(frozen=True)
class Workspace:
    """One folder that the app and the trainers share."""

    root: Path

    @classmethod
    def open(cls, root: Path | str | None = None) -> "Workspace":
        """The workspace at `root`, else at `MNIST_STUDIO_HOME`, else `./workspace`; made where it is missing.

        Raises:
            InputError: the folder cannot be made or written to.
        """
        path = Path(root or os.environ.get("MNIST_STUDIO_HOME") or "workspace").expanduser().absolute()
        workspace = cls(path)
        try:
            for folder in (workspace.runs, workspace.models, workspace.datasets):
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
            if workspace._predictions_of_0_1.is_dir() and not workspace.predictions.exists():
                with suppress(FileNotFoundError):  # another process has just done it
                    workspace._predictions_of_0_1.replace(workspace.predictions)
        except OSError as error:
            raise InputError(
                f"The workspace {path} cannot be written to ({error.strerror}). "
                "Choose another folder with --workspace or MNIST_STUDIO_HOME."
            ) from None
        return workspace

    @property
    def database(self) -> Path:
        return self.root / "studio.db"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def compiled(self) -> Path:
        return self.root / "compiled"

    @property
    def predictions(self) -> Path:
        return self.root / "predictions"

    @property
    def _predictions_of_0_1(self) -> Path:
        return self.root / "readings"

    @property
    def app_lock(self) -> Path:
        return self.root / "app.lock"

    @property
    def trainer_log(self) -> Path:
        """What the standby trainer said on standard error before it had a job."""
        return self.root / "trainer.log"


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there replaces `path` at once, or not at all.

    Args:
        durable: the data are on the disk before the name changes, and the name before this returns, so that not
            even a power cut leaves half a file under the good name. It takes milliseconds.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}{path.suffix}"
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
        if durable:
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def exporting(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a file that a person wants somewhere.

    Raises:
        InputError: it cannot be written there.
    """
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Choose another place.") from None


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a new folder: it appears under `path` complete, or not at all."""
    temporary = path.parent / f".{secrets.token_hex(8)}"
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.iterdir():
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on the disk (Windows does that by itself, and cannot open a folder)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace `path` by `value` as JSON, whole or not at all; see `replacing`."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
