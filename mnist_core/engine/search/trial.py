"""One trial: an ordinary training without its test, which the pruner or a person may end early."""

from collections.abc import Callable
from typing import Any, Protocol

import keras

from mnist_core.common import leftovers
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control, OnProgress, Stop
from mnist_core.engine.search.material import Material
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.train import Trained, fit
from mnist_core.evaluation.search import Trial
from mnist_core.jobs.runs import Run


class Pruner(Protocol):
    """Told the objective after each epoch of a trial."""

    def is_worse(self, curve: list[float]) -> bool:
        """Whether the trial is worse than others were after as many epochs."""
        ...


class Judge:
    """A `Control` that also ends a training, after an epoch, if the pruner finds it worse than others."""

    def __init__(self, control: Control, curve_of: Callable[[Position], list[float]], pruner: Pruner) -> None:
        self._control, self._curve_of, self._pruner = control, curve_of, pruner
        self.pruned = False
        self.stopped = False
        """Whether a person has ended it."""
        self.paused_s = 0.0

    def check(self) -> float:
        if self.pruned:
            raise Stop
        try:
            paused = self._control.check()
        except Stop:
            self.stopped = True
            raise
        self.paused_s += paused
        return paused

    def look(self, position: Position) -> None:
        """After each epoch."""
        self.pruned = self._pruner.is_worse(self._curve_of(position))


def train_trial(
    trial: Trial, config: TrainConfig, run: Run, workspace: Workspace, material: Material, judge: Judge,
    on_progress: OnProgress,
) -> Trial:  # fmt: skip
    """Train, and return the trial with its figures and the state in which it ended.

    A training that was cut off continues from its checkpoint.

    Args:
        config, run: of the training.

    Raises:
        Discard, Interrupted: as the loop does.
    """
    leftovers.remove(run.checkpoints)
    context = RunContext(config, workspace, run, judge, on_progress)
    try:
        trained = fit(context, material.device, material.data(config), material.base, judge.look)
    except Stop:
        return trial.model_copy(update={"state": "stopped"})
    except StudioError as error:
        return trial.model_copy(update={"state": "failed", "reason": error.text})
    finally:
        keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them
    state = "pruned" if judge.pruned else "stopped" if judge.stopped else "completed"
    return trial.model_copy(update={"state": state, **_figures(trained)})


_kept: list[Material] = []


def train_on_a_worker(context: RunContext[TrainConfig]) -> dict[str, Any]:
    """The figures of a trial whose driver is elsewhere, and its state: "stopped" or "completed".

    The next trial in this process uses the same material.

    Raises:
        Stop, Discard, Interrupted: as the loop does.
    """
    if not _kept or context.config.start_from:  # the base's files are those of this task
        _kept[:] = [Material(context)]
    (material,) = _kept
    trained = fit(context, material.device, material.data(context.config), material.base)
    return {"state": "stopped" if trained.stopped else "completed", **_figures(trained)}


def _figures(trained: Trained) -> dict[str, Any]:
    position = trained.position
    kept = (position.best_epoch or 1) - 1
    return {
        "accuracy": position.accuracies[kept],
        "loss": position.losses[kept],
        "parameters": trained.network.count_params(),
        "epochs": len(position.losses),
        "seconds": round(position.elapsed_s, 3),
    }
