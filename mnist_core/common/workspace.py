"""Where everything is kept. No other module knows a path.

<workspace>/
  studio.db        drawings, jobs, models, settings (see `mnist_core.common.database`)
  runs/<id>/       one job: its config, progress, metrics, log, checkpoints and report;
                   a fine-tuning's drawings and candidate as well
  models/<id>/     one model: model.keras, model.onnx, card.json; the drawings of a fine-tuned one (learned.jsonl)
  datasets/        mnist.npz
  compiled/        programs that JAX has compiled; may be deleted
  predictions/     what models predict for MNIST, for the next fine-tuning; may be deleted
  window/          the cookies of the app's own window; may be deleted
  studio.log       unexpected errors with their tracebacks (see `mnist_core.common.log`)
  trainer.log      what the standby trainer printed before it had a job
  services/        a file for each HTTP service that runs, PORT.json; what it printed, PORT.log
  federated/       the secret of a client of federated learning, for each server and name
  compute.json     where trainings are computed
  speed.json       how fast this machine trains
  cluster-token    the cluster's token; only its owner can read it
  local-cluster.json   which process runs the cluster of `cluster up`
  local-cluster-token  that cluster's token; only its owner can read it
  app.lock         held by the app whose job runner owns the workspace
"""

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mnist_core.common import files, log
from mnist_core.common.errors import InputError
from mnist_core.common.language import _

ASSETS = Path(__file__).parents[1] / "assets"
PROGRAM = Path(__file__).parents[2]
"""The folder that holds `mnist_core`."""
EARLIEST = 315_619_200
"""The first moment that a zip file, such as a .keras model or a checkpoint, can hold: 2 January 1980, anywhere."""


def default() -> Path:
    """`./workspace`, if it exists or the current folder is this program's repository; else the person's data folder."""
    here = Path("workspace")
    is_repository = (PROGRAM / "pyproject.toml").is_file() and Path.cwd() == PROGRAM
    return here if here.is_dir() or is_repository else platformdirs.user_data_path("mnist-studio", appauthor=False)


@dataclass(frozen=True)
class Workspace:
    """One folder that the app and the trainers share."""

    root: Path

    @classmethod
    def open(cls, root: Path | str | None = None) -> "Workspace":
        """The workspace at `root`, else at `MNIST_STUDIO_HOME`, else at `default()`; made where it is missing.

        Raises:
            InputError: the folder cannot be made or written to, or this machine's clock is wrong by decades.
        """
        if (moment := time.time()) < EARLIEST:
            raise InputError(
                _(
                    "This machine's clock says {year}, but files cannot be dated before 1980. Set the clock, then try "
                    "again.",
                    year=time.gmtime(moment).tm_year,
                )
            )
        path = Path(root or os.environ.get("MNIST_STUDIO_HOME") or default()).expanduser().absolute()
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
                _(
                    "The workspace {folder} cannot be written to. {reason} Choose another folder with --workspace or "
                    "MNIST_STUDIO_HOME.",
                    folder=str(path),
                    reason=files.reason(error),
                )
            ) from None
        log.write_to(path)
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
    def window(self) -> Path:
        return self.root / "window"

    @property
    def services(self) -> Path:
        return self.root / "services"

    @property
    def federated(self) -> Path:
        return self.root / "federated"

    @property
    def _predictions_of_0_1(self) -> Path:
        return self.root / "readings"

    @property
    def compute(self) -> Path:
        return self.root / "compute.json"

    @property
    def speed(self) -> Path:
        return self.root / "speed.json"

    @property
    def cluster_token(self) -> Path:
        return self.root / "cluster-token"

    @property
    def local_cluster(self) -> Path:
        return self.root / "local-cluster.json"

    @property
    def local_cluster_token(self) -> Path:
        return self.root / "local-cluster-token"

    @property
    def app_lock(self) -> Path:
        return self.root / "app.lock"

    @property
    def trainer_log(self) -> Path:
        """What the standby trainer printed to standard error before it had a job."""
        return self.root / "trainer.log"
