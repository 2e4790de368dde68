"""One training of a compression, by the loop of every training."""

from dataclasses import dataclass, replace

import keras

from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text, _
from mnist_core.config.schema import CompressConfig
from mnist_core.engine.backends.devices import naming_out_of_memory
from mnist_core.engine.backends.table import executor_of
from mnist_core.engine.compression.distillation import compile_taught, taught_graph
from mnist_core.engine.compression.material import Material
from mnist_core.engine.compression.pruning import Masks, keeping_zeros
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.training.graph import make_optimizer
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.loop import Diverged, Loop, Trainable
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.train import validation
from mnist_core.engine.training.training_data import epoch_plan
from mnist_core.jobs.progress import Phase, Progress
from mnist_core.jobs.runs import Metrics, Run


@dataclass(frozen=True)
class Stage:
    """What is trained now, and what was trained before."""

    phase: Phase
    epochs: int
    learning_rate: float
    share: float = 0.0
    """Of the weights that are pruned."""
    epochs_before: int = 0
    epochs_in_all: int = 0
    seconds_before: float = 0.0
    warnings: tuple[Text, ...] = ()
    """What the person should know of the compression so far."""


@dataclass(frozen=True)
class StageRun(Run):
    """A run's folder, in which one stage goes on where the one before has ended: its steps and epochs count on."""

    stage: Stage
    steps_per_epoch: int

    def append(self, *records: Metrics) -> None:
        super().append(*map(self._counted_on, records))

    def write_progress(self, progress: Progress) -> None:
        super().write_progress(self.told(progress))

    def told(self, progress: Progress) -> Progress:
        """The progress of this stage as one of the whole run."""
        stage, per_epoch = self.stage, self.steps_per_epoch
        left = stage.epochs * per_epoch - progress.step
        to_come = (stage.epochs_in_all - stage.epochs_before - stage.epochs) * per_epoch
        return progress.model_copy(
            update={
                "phase": stage.phase,
                "share": stage.share,
                "step": progress.step + stage.epochs_before * per_epoch,
                "total_steps": stage.epochs_in_all * per_epoch,
                "epoch": progress.epoch + stage.epochs_before,
                "epochs": stage.epochs_in_all,
                "elapsed_s": progress.elapsed_s + stage.seconds_before,
                "eta_s": progress.eta_s and progress.eta_s * (1 + to_come / max(1, left)),
                "warnings": list(dict.fromkeys((*stage.warnings, *progress.warnings))),
            }
        )

    def _counted_on(self, record: Metrics) -> Metrics:
        before = {
            "step": self.stage.epochs_before * self.steps_per_epoch,
            "epoch": self.stage.epochs_before,
            "elapsed_s": self.stage.seconds_before,
        }
        return record | {name: record[name] + count for name, count in before.items()}


def fit(
    context: RunContext[CompressConfig],
    stage: Stage,
    network: keras.Model,
    teacher: keras.Model,
    material: Material,
    device: str,
    masks: Masks | None = None,
) -> Position:
    """Train a network on the material and on what the teacher predicts.

    Args:
        masks: of the weights that stay 0.

    Raises:
        Stop, Discard, Interrupted: as `Control.check` does; the network is not finished then.
        StudioError: it diverged.
        OutOfMemory: the device's memory is too small.
    """
    settings, data = context.config, material.data
    config = material.config.model_copy(
        update={
            "optimizer": "muon", "schedule": "one-cycle", "ema_decay": 0.0, "epochs": stage.epochs,
            "learning_rate": stage.learning_rate, "batch_size": settings.batch_size, "seed": settings.seed,
        }
    )  # fmt: skip
    with keras.device(device), naming_out_of_memory():
        graph = taught_graph(network, teacher, data.images, config, config.seed)
        optimizer = make_optimizer(config)
        compile_taught(graph, keeping_zeros(optimizer, masks) if masks else optimizer)
        graph.optimizer.build(graph.trainable_variables)
        executor, plan = executor_of(graph, data.targets), epoch_plan(config, data.train)
        run = StageRun(context.run.id, context.run.folder, stage, plan.steps_per_epoch)
        around = replace(context, run=run, on_progress=lambda progress: context.on_progress(run.told(progress)))
        loop = Loop(around, Trainable(network, graph, executor), plan, validation(executor, data), device=device)
        try:
            position = loop.run()
        except Diverged:
            raise StudioError(_(NOT_FINITE)) from None
        finally:
            for checkpoint in run.checkpoints.iterdir():  # a compression that was cut off starts again
                checkpoint.unlink()
    if loop.stopped:
        raise Stop
    return position
