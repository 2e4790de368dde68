"""Prints the trials an hour of a search with 1, 2 and 4 workers: docs/experiments/cluster.md.

The trials are simulated, because one machine has too few cores for four trainings. Each waits instead of computing. All
else is real: the workers, the proposals, the curves, and checkpoints of the size that those of `mlp` have.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search import SearchConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.search import on_cluster
from mnist_core.engine.search.search import search
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run
from tests.engine.cluster.conftest import running
from tests.engine.trainings import Free

EPOCHS, EPOCH_S = 10, 1.0
CHECKPOINT_BYTES = 5 * 10**6
TRIALS_OF_A_WORKER = 4
"""The first one does not count: it waits for the worker's libraries."""


def wait(context: RunContext[TrainConfig]) -> dict[str, Any]:
    """A trial that takes ten seconds and uses no processor."""
    for epoch in range(1, EPOCHS + 1):
        time.sleep(EPOCH_S)
        context.run.append({"step": epoch, "epoch": epoch, "val_loss": 1 / epoch, "val_accuracy": 0.9})
        (context.run.checkpoints / f"{epoch:09}.npz").write_bytes(os.urandom(CHECKPOINT_BYTES))
        (context.run.checkpoints / f"{epoch - 2:09}.npz").unlink(missing_ok=True)
        context.run.write_progress(Progress(phase="training", step=epoch, total_steps=EPOCHS))
        context.control.check()
    figures = {"accuracy": 0.9, "loss": 0.1, "parameters": 1, "epochs": EPOCHS, "seconds": EPOCHS * EPOCH_S}
    return {"state": "completed", **figures}


def measure(workers: int, cluster: str, workspace: Workspace) -> tuple[float, float]:
    """Trials an hour, and the seconds between two trials on one worker."""
    config = SearchConfig(
        dataset="mnist", space="learning_rate = 0.001..0.1", sampler="random", trials=TRIALS_OF_A_WORKER * workers
    )
    run = Run.create(workspace, f"workers-{workers}", "search", config)
    compute = Compute(cluster=cluster, workers=workers)
    report = search(RunContext(config, workspace, run, Free(), compute=compute))
    ends = sorted(trial.ended_s or 0.0 for trial in report.trials)
    seconds = (ends[-1] - ends[workers - 1]) / (len(ends) - workers)
    return 3600 / seconds, seconds * workers - EPOCHS * EPOCH_S


def main() -> None:
    on_cluster.TRIAL = "tests.engine.cluster.time_workers:wait"
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "cluster", cpus=2) as nodes:
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(nodes.token)
        workspace = Workspace.open(Path(folder) / "workspace")
        for workers in (1, 2, 4):
            an_hour, between = measure(workers, nodes.compute.cluster, workspace)
            print(f"{workers}: {an_hour:.0f} trials an hour, {between:.2f} s between two trials", flush=True)


if __name__ == "__main__":
    main()
