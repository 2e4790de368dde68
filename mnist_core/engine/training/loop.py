"""The training loop: one step after the other, observed, paused, stopped and resumed between any two.

It is written out instead of using `Model.fit` because a batch here is a pure function of its step number.
So a checkpoint in the middle of an epoch is exact: the resumed run sees the batches that the interrupted one
would have seen.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.common.language import Text, n_
from mnist_core.config.fields import Config
from mnist_core.engine.backends.executor import MOST_STEPS, Executor
from mnist_core.engine.context import RunContext, nobody
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.training import checkpoints, health
from mnist_core.engine.training.graph import gradient_norms, inner_optimizer
from mnist_core.engine.training.metrics_logger import MetricsLogger
from mnist_core.engine.training.plan import Plan
from mnist_core.engine.training.position import Position
from mnist_core.jobs import gpu, own_use
from mnist_core.jobs.progress import Progress

CALL_S = 0.1
"""Approximate seconds of one call of the device: short enough to obey a Stop at once."""
SETTLING_STEPS = 40
"""Batches with which the normalisation's statistics follow averaged weights, each a tenth of the way."""
CHECKPOINT_EVERY_S = 60.0
STATUS_EVERY_S = 0.5


def _nothing(_: float) -> dict[str, Any]:
    """Nothing is around the loop."""
    return {}


class Diverged(Exception):
    """The loss is not a finite number: `health.NOT_FINITE`."""


@dataclass(frozen=True)
class Trainable:
    """A network, its compiled training graph (indices → logits), which shares its weights, and what runs that."""

    network: keras.Model
    graph: keras.Model
    executor: Executor


class Loop:
    """Train a network by a plan; write records, progress and checkpoints into the run."""

    def __init__(
        self,
        context: RunContext[Config],
        trainable: Trainable,
        plan: Plan,
        validate: Callable[[], dict[str, float]],
        *,
        device: str = "",
        on_epoch: Callable[[Position], None] = nobody,
        around: Callable[[float], dict[str, Any]] = _nothing,
    ) -> None:
        """
        Args:
            validate: figures of the present weights, at least val_accuracy, val_loss and val_loss_error.
            device: what the progress calls the device.
            on_epoch: told after each epoch.
            around: the share of the steps that is done → fields of the progress that concern more than this loop.
        """
        self.network, self.graph, self._executor = trainable.network, trainable.graph, trainable.executor
        self.plan = plan
        self.run_folder, self.control, self.on_progress = context.run, context.control, context.on_progress
        self.validate = validate
        self.device = device
        self._on_epoch = on_epoch
        self._around = around
        self.position = Position()
        self.stopped = False
        """Whether a Stop ended it before its plan did."""
        self.best_weights: list[npt.NDArray[Any]] = []
        self._steps_at_once = 1
        self._logger = MetricsLogger(context.run, plan)

    def resume(self, warnings: Sequence[Text] = ()) -> bool:
        """Go back to the newest whole checkpoint, if there is one, and forget the records after it.

        Args:
            warnings: what else the person should know.
        """
        restored = checkpoints.restore(self.run_folder.checkpoints, self.graph, self.network.get_weights())
        if restored.header is not None:
            self.best_weights = restored.extra
            self.position = Position.of(restored.header)
        if restored.damaged:
            self.position.warnings.append(
                n_(
                    "{n} damaged checkpoint was skipped. The training continued from step {step:,}.",
                    "{n:,} damaged checkpoints were skipped. The training continued from step {step:,}.",
                    restored.damaged,
                    step=self.position.step,
                )
            )
        self.position.warnings += [each for each in warnings if each not in self.position.warnings]
        self.run_folder.rewind(self.position.step if restored.header else -1)
        return restored.header is not None

    def run(self) -> Position:
        """Train to the end of the plan; leave the kept epoch's weights in the graph.

        Raises:
            Interrupted: a checkpoint has been written, so that `resume` goes on from here.
            Discard: nothing has been kept.
            Stop: before the first step, so that there is nothing to keep.
            Diverged: the last finite checkpoint has been left as it was.
        """
        try:
            self._run()
        except Stop:
            if not self.position.step:
                raise
            self.stopped = True
            if self.position.step % self.plan.steps_per_epoch:
                self._end_epoch()
        except Interrupted:
            self._checkpoint()
            raise
        if self.best_weights:
            self.network.set_weights(self.best_weights)
        return self.position

    def _run(self) -> None:
        plan, position = self.plan, self.position
        last_checkpoint = last_status = start = time.monotonic() - position.elapsed_s
        while position.step < plan.total_steps and not self._should_stop_early():
            start += self.control.check()
            self._take_steps(start)
            now = start + position.elapsed_s
            epoch_ends = position.step % plan.steps_per_epoch == 0 or position.step == plan.total_steps
            if epoch_ends:
                self._end_epoch()
                position.elapsed_s = time.monotonic() - start  # validation counts as training time
            if epoch_ends or now - last_checkpoint > CHECKPOINT_EVERY_S:
                self._checkpoint()
                last_checkpoint = now
            if epoch_ends or now - last_status > STATUS_EVERY_S:
                self._tell_progress()
                last_status = now

    def _take_steps(self, start: float) -> None:
        """As many steps as take about `CALL_S`, up to the end of the epoch, and their points of the curve."""
        position, plan = self.position, self.plan
        first, called = position.step, time.monotonic()
        count = min(self._steps_at_once, plan.left_in_epoch(first))
        indices, rates = plan.steps(first, count)
        figures = self._executor.train(indices, rates)
        if not np.isfinite(figures.loss).all():
            raise Diverged
        seconds = time.monotonic() - called
        if seconds < CALL_S / 2 and count == self._steps_at_once:
            self._steps_at_once = min(2 * self._steps_at_once, MOST_STEPS)
        elif seconds > 2 * CALL_S:
            self._steps_at_once = max(1, self._steps_at_once // 2)
        position.step += count
        position.elapsed_s = called + seconds - start
        self._logger.add(figures, indices.size, position.step, position.elapsed_s, self._norms)

    def _norms(self) -> dict[str, float]:
        """The last step's gradient norms; adds a warning if they are unhealthy."""
        norms = gradient_norms(self.graph)
        if (warning := health.diagnose(norms)) and warning not in self.position.warnings:
            self.position.warnings.append(warning)
        return norms

    def _end_epoch(self) -> None:
        """Validate the weights, or their average if there is one, and keep them if they are the best so far."""
        optimizer = inner_optimizer(self.graph)
        if not optimizer.use_ema:
            self._judge()
            return
        raw = self.network.get_weights()
        optimizer.finalize_variable_values(self.graph.trainable_variables)
        if self.network.non_trainable_weights:  # which are the normalisation's statistics
            self._settle()
        self._judge()
        # Not only the raw weights come back: on JAX each had become one with its average, and both must not be donated.
        self.network.set_weights(raw)

    def _settle(self) -> None:
        """Uses the last batches, repeated if fewer than `SETTLING_STEPS` have been trained."""
        last = min(self.position.step, SETTLING_STEPS)
        batches, _ = self.plan.steps(self.position.step - last, last)
        self._executor.settle(np.resize(batches, (SETTLING_STEPS, batches.shape[1])))

    def _judge(self) -> None:
        position = self.position
        figures = self.validate()
        if not math.isfinite(figures["val_loss"]):
            raise Diverged
        position.accuracies.append(figures["val_accuracy"])
        position.losses.append(figures["val_loss"])
        position.errors.append(figures["val_loss_error"])
        if self.plan.keep_best and position.best_epoch == len(position.losses):
            self.best_weights = self.network.get_weights()
        self.run_folder.append(
            {
                "step": position.step,
                "epoch": self.plan.epoch(position.step),
                "elapsed_s": round(position.elapsed_s, 3),
                **{name: float(value) for name, value in figures.items()},
            }
        )
        self._on_epoch(position)

    def _should_stop_early(self) -> bool:
        patience = self.plan.early_stopping
        return bool(patience and self.position.epochs_without_better >= patience)

    def _checkpoint(self) -> None:
        checkpoints.save(self.run_folder.checkpoints, self.graph, self.position.header, self.best_weights)

    def _tell_progress(self) -> None:
        position, plan = self.position, self.plan
        left, speed = plan.total_steps - position.step, self._logger.images_per_s
        # The first steps wait for the compiler: until there are others, the time that is left is unknown.
        left_s = left * len(plan.batch(position.step - 1)) / speed if speed else None
        progress = Progress(
            phase="training",
            step=position.step,
            total_steps=plan.total_steps,
            epoch=math.ceil(position.step / plan.steps_per_epoch),
            epochs=plan.epochs,
            elapsed_s=position.elapsed_s,
            eta_s=left_s,
            images_per_s=speed,
            device=self.device,
            gpu=gpu.figures(self.device),
            process=own_use.figures(),
            accuracies=position.accuracies,
            warnings=position.warnings,
        ).model_copy(update=self._around(position.step / plan.total_steps))
        self.run_folder.write_progress(progress)
        self.on_progress(progress)
