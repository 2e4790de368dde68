"""The training loop: one step after the other, observed, paused, stopped and resumed between any two.

It is written out instead of using `Model.fit` because a batch here is a pure function of its step number.
So a checkpoint in the middle of an epoch is exact: the resumed run sees the batches that the interrupted one
would have seen.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.engine import checkpoints, health
from mnist_core.engine.devices import gpu_readings
from mnist_core.engine.graph import gradient_norms, inner_optimizer
from mnist_core.runs import Progress, Run

MAX_RECORDS = 1000
CHECKPOINT_EVERY_S = 60.0
STATUS_EVERY_S = 0.5


class Stop(Exception):
    """The user wants the training to end now and keep what it has."""


class Discard(Exception):
    """The user wants the training to end and leave nothing."""


class Interrupted(Exception):
    """The owner of this process has ended: save, and end as well."""


class Diverged(Exception):
    """The loss is no finite number."""


class Control(Protocol):
    """What the world outside wants of the loop."""

    def check(self) -> float:
        """Return the seconds spent paused, which may be long.

        Raises:
            Stop, Discard, Interrupted
        """
        ...


@dataclass(frozen=True)
class Plan:
    """What is done at which step. Both functions must depend on nothing but the step."""

    total_steps: int
    steps_per_epoch: int
    batch: Callable[[int], npt.NDArray[np.integer]]
    learning_rate: Callable[[int], float]
    early_stopping: int = 0
    keep_best: bool = True
    """Whether the best epoch's weights are what remains, or the last step's."""

    @property
    def epochs(self) -> int:
        return math.ceil(self.total_steps / self.steps_per_epoch)


@dataclass
class Position:
    """How far the loop is, and the best epoch so far."""

    step: int = 0
    elapsed_s: float = 0.0
    accuracies: list[float] = field(default_factory=list)
    best_epoch: int | None = None
    best_score: tuple[float, float] = (-math.inf, -math.inf)
    """Minus the validation loss, which moves more smoothly than the accuracy; and that epoch's accuracy."""
    warnings: list[str] = field(default_factory=list)


class Loop:
    """Train `network`, through its training graph, by `plan`; write records, progress, checkpoints into `run`."""

    def __init__(
        self,
        network: keras.Model,
        graph: keras.Model,
        targets: npt.NDArray[np.float32],
        plan: Plan,
        run: Run,
        control: Control,
        validate: Callable[[], dict[str, float]],
        *,
        device: str = "",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """
        Args:
            graph: the network's compiled training graph (indices → logits).
            targets: (N, 10) one-hot, by the same indices.
            validate: figures of the present weights, at least val_accuracy and val_loss.
        """
        self.network = network
        self.graph = graph
        self.targets = targets
        self.plan = plan
        self.run_folder = run
        self.control = control
        self.validate = validate
        self.device = device
        self.on_progress = on_progress or (lambda _: None)
        self.position = Position()
        self.stopped = False
        """Whether a Stop ended it before its plan did."""
        self.best_weights: list[npt.NDArray[Any]] = []
        self.record_every = max(1, plan.total_steps // MAX_RECORDS)
        self._means = _Means()
        self._speed = _Speed()

    def resume(self, warnings: Sequence[str] = ()) -> bool:
        """Go back to the newest whole checkpoint, if there is one, and forget the records after it.

        Args:
            warnings: what the person should be told besides.
        """
        restored = checkpoints.restore(self.run_folder.checkpoints, self.graph)
        if restored.position is not None:
            self.best_weights = restored.extra
            best_score = tuple(restored.position["best_score"])
            self.position = Position(**{**restored.position, "best_score": best_score})
        if restored.damaged:
            self.position.warnings.append(
                f"{restored.damaged} damaged checkpoint(s) could not be read; went on from step {self.position.step:,}."
            )
        self.position.warnings += [each for each in warnings if each not in self.position.warnings]
        self.run_folder.rewind(self.position.step if restored.position else -1)
        return restored.position is not None

    def run(self) -> Position:
        """Train to the end of the plan; leave the best epoch's weights in the graph.

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
        while position.step < plan.total_steps and not self._is_hopeless():
            paused = self.control.check()
            start += paused
            self._step()
            now = time.monotonic()
            position.elapsed_s = now - start
            epoch_ends = position.step % plan.steps_per_epoch == 0 or position.step == plan.total_steps
            if epoch_ends or position.step % self.record_every == 0:
                self._record()
            if epoch_ends:
                self._end_epoch()
                self._checkpoint()
                last_checkpoint = now
            elif now - last_checkpoint > CHECKPOINT_EVERY_S:
                self._checkpoint()
                last_checkpoint = now
            if epoch_ends or now - last_status > STATUS_EVERY_S:
                self._tell_progress()
                last_status = now

    def _step(self) -> None:
        step, optimizer = self.position.step, self.graph.optimizer
        optimizer.learning_rate = self.plan.learning_rate(step)
        indices = self.plan.batch(step)
        logs: dict[str, float] = self.graph.train_on_batch(indices, self.targets[indices], return_dict=True)
        if not math.isfinite(logs["loss"]):
            raise Diverged(health.NOT_FINITE)
        self.position.step += 1
        self._means.add(logs)
        self._speed.add(len(indices))

    def _record(self) -> None:
        """One point of the curve: the means since the last one, and the last step's gradients."""
        norms = gradient_norms(self.graph)
        position = self.position
        self.run_folder.append(
            {
                "step": position.step,
                "epoch": position.step / self.plan.steps_per_epoch,
                "elapsed_s": round(position.elapsed_s, 3),
                **self._means.take(),
                "learning_rate": self.plan.learning_rate(position.step - 1),
                "images_per_s": self._speed.per_second(),
                "gradient_norms": norms,
            }
        )
        if (warning := health.diagnose(norms)) and warning not in position.warnings:
            position.warnings.append(warning)

    def _end_epoch(self) -> None:
        """Judge the weights, or their average where one is kept, and remember them if they are the best so far."""
        raw = self.network.get_weights()
        optimizer = inner_optimizer(self.graph)
        if optimizer.use_ema:
            optimizer.finalize_variable_values(self.graph.trainable_variables)
        self._judge()
        if optimizer.use_ema:
            self.network.set_weights(raw)

    def _judge(self) -> None:
        position = self.position
        figures = self.validate()
        if not math.isfinite(figures["val_loss"]):
            raise Diverged(health.NOT_FINITE)
        epoch = math.ceil(position.step / self.plan.steps_per_epoch)
        position.accuracies.append(figures["val_accuracy"])
        score = (-figures["val_loss"], figures["val_accuracy"])
        if score > position.best_score:
            position.best_score, position.best_epoch = score, epoch
            if self.plan.keep_best:
                self.best_weights = self.network.get_weights()
        self.run_folder.append(
            {
                "step": position.step,
                "epoch": position.step / self.plan.steps_per_epoch,
                "elapsed_s": round(position.elapsed_s, 3),
                **{name: float(value) for name, value in figures.items()},
            }
        )

    def _is_hopeless(self) -> bool:
        patience, best = self.plan.early_stopping, self.position.best_epoch
        return bool(patience and best is not None and len(self.position.accuracies) - best >= patience)

    def _checkpoint(self) -> None:
        checkpoints.save(self.run_folder.checkpoints, self.graph, vars(self.position), self.best_weights)

    def _tell_progress(self) -> None:
        position, plan = self.position, self.plan
        speed = position.elapsed_s / position.step
        progress = Progress(
            phase="training",
            step=position.step,
            total_steps=plan.total_steps,
            epoch=math.ceil(position.step / plan.steps_per_epoch),
            epochs=plan.epochs,
            elapsed_s=position.elapsed_s,
            eta_s=speed * (plan.total_steps - position.step),
            images_per_s=self._speed.per_second(),
            device=self.device,
            gpu=gpu_readings(),
            best_epoch=position.best_epoch,
            accuracies=position.accuracies,
            warnings=position.warnings,
        )
        self.run_folder.write_progress(progress)
        self.on_progress(progress)


class _Means:
    """The mean of each figure since it was last taken."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, figures: dict[str, float]) -> None:
        self._count += 1
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value)

    def take(self) -> dict[str, float]:
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means


class _Speed:
    """Images a second over the last few seconds."""

    WINDOW_S = 3.0

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._images = 0
        self._last = 0.0

    def add(self, images: int) -> None:
        self._images += images

    def per_second(self) -> float:
        elapsed = time.monotonic() - self._since
        if elapsed > self.WINDOW_S or not self._last:
            self._last = self._images / max(elapsed, 1e-6)
            if elapsed > self.WINDOW_S:
                self._since, self._images = time.monotonic(), 0
        return round(self._last, 1)
