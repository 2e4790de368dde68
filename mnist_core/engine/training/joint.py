"""What the members of an ensemble are together, if each is trained by itself: curve, progress, and the kept epoch."""

import time

import keras
import numpy as np

from mnist_core.common.language import n_
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.networks.averaging import member_of
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import member_epochs
from mnist_core.engine.training.loop import STATUS_EVERY_S
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.train import Trained, figures_of
from mnist_core.engine.training.training_data import Data, epoch_plan
from mnist_core.evaluation.predictions import Logits, Predictions
from mnist_core.jobs import members
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Metrics


class Joint:
    """What the members are together, as far as they have come. All that it knows is in their runs' folders.

    It is the members' `Control`, so that its clock stands still in a pause.
    """

    def __init__(self, context: RunContext[TrainConfig], data: Data) -> None:
        self._context, self._config = context, context.config
        self._labels = data.labels[data.validation]
        self._plan = epoch_plan(context.config, data.train)
        self._runs = [
            members.run_of(context.workspace, context.run, number, context.config)
            for number in range(context.config.ensemble_size)
        ]
        self._before = context.run.progress().elapsed_s, [run.progress().elapsed_s for run in self._runs]
        """The seconds of earlier attempts: of the ensemble, and of each member."""
        self._began: float | None = None
        self._logits: dict[tuple[int, int], tuple[int, Logits]] = {}
        """Member and epoch → the step and the validation logits."""
        self._judged: dict[int, tuple[tuple[int, ...], Metrics]] = {}
        """Epoch → the members that have come so far, and their record."""
        self._last = context.config.epochs
        """Later epochs do not count."""
        self._next_look = 0.0
        self.ended_early = False
        """Whether early stopping ends the training."""
        self._judge()

    def unfinished(self) -> list[int]:
        """The members that have epochs left."""
        if self.ended_early:
            return []
        return [n for n in range(len(self._runs)) if (n, self._config.epochs) not in self._logits]

    def context_of(self, number: int) -> RunContext[TrainConfig]:
        """The run of a member."""
        return RunContext(self._config, self._context.workspace, self._runs[number], self)

    def check(self) -> float:
        """As `Control.check` of the ensemble."""
        paused = self._context.control.check()
        if self._began is not None:
            self._began += paused
        return paused

    def look(self) -> None:
        """Write the curve and the progress of all."""
        if time.monotonic() < self._next_look:
            return
        self._start_clock()
        self._judge()
        self._context.run.write_records(self._curve(), durable=False)  # the members have it, too
        self._tell()
        self._next_look = time.monotonic() + STATUS_EVERY_S

    def trained(self, *, stopped: bool) -> Trained:
        """The ensemble of the epoch that is kept. If the training was stopped, it may have fewer members.

        Raises:
            Stop: there is nothing to keep.
        """
        self._judge()
        if not self._judged:
            raise Stop
        if stopped:
            self._cut()
        self._next_look = 0.0
        self.look()
        position = self._position()
        best = position.best_epoch
        assert best is not None
        present, _record = self._judged[best]
        if len(present) < len(self._runs):
            position.warnings.append(
                n_("The model has {n} member of {all}: the training was stopped before the others were as good.",
                   "The model has {n} members of {all}: the training was stopped before the others were as good.",
                   len(present), all=len(self._runs))
            )  # fmt: skip
        config = self._config.model_copy(update={"ensemble_size": len(present)})
        keras.utils.clear_session()
        network = build(config)
        for place, number in enumerate(present):
            member_of(network, place).set_weights(member_epochs.weights_of(self._runs[number], best))
        return Trained(network, position, stopped, config, self._context.run.progress().device)

    def _cut(self) -> None:
        """End after the epoch with the most members, of those epochs that are about as good as the best one."""
        best = min((record for _present, record in self._judged.values()), key=lambda record: record["val_loss"])
        bound = best["val_loss"] + best["val_loss_error"]
        _most, last = max(
            (len(present), epoch) for epoch, (present, record) in self._judged.items() if record["val_loss"] <= bound
        )
        self._last = last

    def _start_clock(self) -> None:
        """With the first step that a member takes: before, the workers load their libraries."""
        if self._began is not None:
            return
        of_all, of_each = self._before
        gained = max(run.progress().elapsed_s - before for run, before in zip(self._runs, of_each, strict=True))
        if gained > 0:
            self._began = time.monotonic() - of_all - gained

    @property
    def _elapsed_s(self) -> float:
        return self._before[0] if self._began is None else time.monotonic() - self._began

    def _judge(self) -> None:
        """Validate what has come since the last time."""
        for number, run in enumerate(self._runs):
            for epoch in member_epochs.numbers(run):
                if (number, epoch) not in self._logits and (found := member_epochs.logits_of(run, epoch)):
                    self._logits[number, epoch] = found
        for epoch in sorted({epoch for _number, epoch in self._logits}):
            present = tuple(n for n in range(len(self._runs)) if (n, epoch) in self._logits)
            if self._judged.get(epoch, ((), {}))[0] != present:
                self._judged[epoch] = present, self._record(epoch, present)
        self._end_early()

    def _record(self, epoch: int, present: tuple[int, ...]) -> Metrics:
        steps, logits = zip(*(self._logits[number, epoch] for number in present), strict=True)
        figures = figures_of(Predictions(np.stack(logits, axis=1).mean(axis=1), self._labels))
        return {
            "step": max(steps),
            "epoch": self._plan.epoch(max(steps)),
            "elapsed_s": round(self._elapsed_s, 3),
            **figures,
        }

    def _end_early(self) -> None:
        """Find the epoch at which early stopping ends a training of all members."""
        patience, position = self._config.early_stopping, Position()
        for epoch, (present, record) in sorted(self._judged.items()):
            if len(present) < len(self._runs):
                return
            _add(position, record)
            if patience and position.epochs_without_better >= patience:
                self.ended_early, self._last = True, epoch
                return

    @property
    def _records(self) -> list[Metrics]:
        """Those of the epochs that count."""
        return [record for epoch, (_present, record) in sorted(self._judged.items()) if epoch <= self._last]

    def _position(self) -> Position:
        position = Position(elapsed_s=self._elapsed_s)
        for record in self._records:
            _add(position, record)
            position.step = record["step"]
        for run in self._runs:
            position.warnings += [each for each in run.progress().warnings if each not in position.warnings]
        return position

    def _curve(self) -> list[Metrics]:
        """The means of the members that have come to a step, and the validation of those that have come to an epoch."""
        by_step: dict[int, list[Metrics]] = {}
        for run in self._runs:
            for record in run.records():
                if "loss" in record:
                    by_step.setdefault(record["step"], []).append(record)
        end = self._judged[self._last][1]["step"] if self._last in self._judged else self._plan.total_steps
        seen = [self._mean(records) for step, records in by_step.items() if step <= end]
        return sorted([*seen, *self._records], key=lambda record: record["step"])

    def _mean(self, records: list[Metrics]) -> Metrics:
        """One record of several members at the same step. A member's loss is its share of the ensemble's."""
        mean = {name: float(np.mean([each[name] for each in records])) for name in ("loss", "accuracy", "images_per_s")}
        joined = {**records[0], **mean, "elapsed_s": max(each["elapsed_s"] for each in records)}
        joined["loss"] *= len(self._runs)
        if all("gradient_norms" in each for each in records):
            joined["gradient_norms"] = {name: norm for each in records for name, norm in each["gradient_norms"].items()}
        return joined

    def _tell(self) -> None:
        begun = [progress for run in self._runs if (progress := run.progress()).total_steps]
        if not begun:
            return
        position = self._position()
        step = sum(each.step for each in begun) // len(self._runs)
        left = begun[0].total_steps - step
        progress = Progress(
            phase="training",
            step=step,
            total_steps=begun[0].total_steps,
            epoch=max(each.epoch for each in begun),
            epochs=begun[0].epochs,
            elapsed_s=position.elapsed_s,
            eta_s=position.elapsed_s * left / step if step else None,
            images_per_s=float(np.mean([each.images_per_s or 0.0 for each in begun])),
            device=begun[0].device,
            accuracies=position.accuracies,
            warnings=position.warnings,
        )
        self._context.run.write_progress(progress)
        self._context.on_progress(progress)


def _add(position: Position, record: Metrics) -> None:
    position.accuracies.append(record["val_accuracy"])
    position.losses.append(record["val_loss"])
    position.errors.append(record["val_loss_error"])
