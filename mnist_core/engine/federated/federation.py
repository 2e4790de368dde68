"""The server's part of federated learning, over any grid: rounds, figures, the model and its report."""

import time
from collections.abc import Callable, Mapping

from flwr.serverapp import Grid

from mnist_core.common.language import Text, _
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control, Stop
from mnist_core.engine.federated import rounds, saved_rounds
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.federated.register import Result, register
from mnist_core.engine.federated.rounds import ALONE, EVALUATE, Counts
from mnist_core.engine.federated.strategy import epsilon_of, strategy_of
from mnist_core.engine.fine_tuning.learner import Weights
from mnist_core.evaluation import metrics
from mnist_core.evaluation.compression import Score
from mnist_core.evaluation.federated import ClientScores, RoundFigures, mean
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.reports import FederateReport
from mnist_core.models.model import Model

Asked = dict[int, Counts]
"""Client → its counts."""


class UntilStopped:
    """A `Control` that obeys a Stop until the rounds are over: what they have led to is kept."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.over = False

    def check(self) -> float:
        try:
            return self._control.check()
        except Stop:
            if self.over:
                return 0.0
            raise


class Federation:
    """One run, from the first question to the report."""

    def __init__(
        self,
        context: RunContext[FederateConfig],
        base: Model,
        training: LocalTraining,
        grid: Grid,
        names: Mapping[int, str],
        warnings: list[Text],
    ) -> None:
        """
        Args:
            context: with an `UntilStopped`.
            training: for what the server itself measures.
            names: client → its name.
        """
        self._context, self._config, self._run = context, context.config, context.run
        self._base, self._training, self._grid = base, training, grid
        self._names, self._warnings = names, warnings
        self._started = time.monotonic()
        self._fit_seconds = 0.0

    def run(self, pooled: Callable[[Weights], Asked] | None = None) -> FederateReport:
        """Train, measure, register.

        Args:
            pooled: what a model of all drawings in one place predicts, where they are in one place.

        Raises:
            Stop: before a round was complete.
            Discard, Interrupted: as `Control.check` does.
            StudioError: clients have not answered, or a training diverged.
        """
        initial = self._training.initial
        before, validation = rounds.ask(self._grid, EVALUATE, initial), self._training.validation(initial)
        weights, stopped = self._rounds()
        self._until_stopped.over = True
        self._tell("comparing")
        found = {"federated": rounds.ask(self._grid, EVALUATE, weights)}
        stopped = stopped or self._compare(found, initial, pooled)
        scores = tuple(self._scores(number, before, found) for number in self._names)
        return self._report(weights, scores, validation, stopped=stopped)

    def _compare(self, found: dict[str, Asked], initial: Weights, pooled: Callable[[Weights], Asked] | None) -> bool:
        """Find what the other ways are worth, which takes long. Return whether a person stopped it."""
        self._until_stopped.over = False
        try:
            found["alone"] = rounds.ask(self._grid, ALONE, initial)
            found |= {"pooled": pooled(initial)} if pooled else {}
        except Stop:
            return True
        finally:
            self._until_stopped.over = True
        return False

    @property
    def _until_stopped(self) -> UntilStopped:
        assert isinstance(self._context.control, UntilStopped)
        return self._context.control

    def _rounds(self) -> tuple[Weights, bool]:
        """The weights after the last complete round, and whether a person stopped it before the last one."""
        digest = self._training.digest
        last, weights = saved_rounds.restore(self._run.checkpoints, self._training.initial, digest)
        self._run.rewind(last)
        state = {"number": last, "weights": weights}
        if records := self._run.records():
            self._started -= records[-1]["elapsed_s"]
            self._fit_seconds = records[-1]["fit_seconds"]
        began = time.monotonic()

        def after(number: int, combined: Weights, trained: int) -> None:
            nonlocal began
            self._fit_seconds += time.monotonic() - began
            asked = rounds.ask(self._grid, EVALUATE, combined)
            self._record(number, self._training.validation(combined), asked, trained)
            saved_rounds.save(self._run.checkpoints, number, combined, digest)
            state.update(number=number, weights=combined)
            self._tell("federating", number)
            began = time.monotonic()

        strategy = strategy_of(self._config, len(self._names))
        self._tell("federating", last)
        try:
            rounds.train(self._config, self._grid, strategy, weights, range(last + 1, self._config.rounds + 1), after)
        except Stop:
            if not state["number"]:
                raise
            return state["weights"], True  # type: ignore[return-value]
        return state["weights"], False  # type: ignore[return-value]

    def _record(self, number: int, validation: Predictions, asked: Asked, trained: int) -> None:
        shares = [counts["right"] / counts["held-out"] for counts in asked.values()]
        self._run.append(
            {
                "step": number,
                "epoch": number,
                "elapsed_s": round(time.monotonic() - self._started, 3),
                "fit_seconds": round(self._fit_seconds, 3),
                "clients": trained,
                "val_right": validation.right,
                "val_accuracy": validation.accuracy,
                "val_loss": validation.loss,
                "val_loss_error": validation.loss_error,
                "drawings_accuracy": sum(shares) / len(shares),
            }
        )

    def _tell(self, phase: str, number: int | None = None) -> None:
        done = self._config.rounds if number is None else number
        accuracies = [record["val_accuracy"] for record in self._run.records()]
        self._context.tell(
            phase,  # type: ignore[arg-type]
            step=done, total_steps=self._config.rounds, trial=min(done + 1, self._config.rounds),
            trials=self._config.rounds, accuracies=accuracies, elapsed_s=time.monotonic() - self._started,
            warnings=self._warnings,
        )  # fmt: skip

    def _scores(self, number: int, before: Asked, found: dict[str, Asked]) -> ClientScores:
        counts = before[number]
        return ClientScores(
            name=self._names[number],
            trained=int(counts["trained"]),
            held_out=int(counts["held-out"]),
            before=int(counts["right"]),
            **{way: int(asked[number]["right"]) for way, asked in found.items()},
        )

    def _report(
        self,
        weights: Weights,
        scores: tuple[ClientScores, ...],
        before: Predictions,
        *,
        stopped: bool,
    ) -> FederateReport:
        after = self._training.validation(weights)
        paired = metrics.paired(before.labels, before.predictions, after.predictions)
        figures = self._round_figures(len(after.labels))
        config, drop, spent = self._config, 100 * paired.greatest_drop, epsilon_of(self._config, len(figures))
        if config.noise_multiplier and spent is None:
            self._warnings.append(_("There is so little noise that it protects nothing: ε is infinite."))
        fit_seconds = round(self._fit_seconds, 3)
        self._tell("testing")
        result = Result(weights, len(figures), scores, drop, after.accuracy, spent, fit_seconds)
        made = register(self._context, self._base, self._training, result)
        gained = (mean(scores, "federated") or 0.0) >= (mean(scores, "before") or 0.0)
        return FederateReport(
            model=made.model.name, model_id=made.model.id, base=self._base.name, base_id=self._base.id,
            clients=scores, rounds=figures, replayed=self._training.replay.name,
            validation_before=_score(before), validation_after=_score(after), greatest_drop=drop,
            allowed_drop=config.allowed_drop, accepted=drop <= config.allowed_drop and gained,
            mnist_before=self._base.card.mnist_test_accuracy, mnist_after=made.test_accuracy,
            test_accuracy=made.test_accuracy,
            sent_bytes=sum(each.nbytes for each in weights), epsilon=spent,
            delta=None if spent is None else config.delta, fit_seconds=fit_seconds,
            device=devices.choose(config.device), seed=config.seed, stopped=stopped,
            warnings=(*self._warnings, *([made.warning] if made.warning else [])),
            total_seconds=round(time.monotonic() - self._started, 3),
        )  # fmt: skip

    def _round_figures(self, count: int) -> tuple[RoundFigures, ...]:
        return tuple(
            RoundFigures(
                number=record["step"],
                clients=record["clients"],
                validation=Score(right=record["val_right"], count=count),
            )
            for record in self._run.records()
        )


def _score(predictions: Predictions) -> Score:
    return Score(right=predictions.right, count=len(predictions.labels))
