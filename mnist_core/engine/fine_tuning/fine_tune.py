"""The fine-tuning recipe: learn a few drawings well, and lose nothing of MNIST.

1. Start from the first model of the lineage, and learn all drawings again (`fine_tuning_set`).
2. Freeze the statistics of batch normalisation, because a few dozen drawings cannot replace them.
3. Fill a third of each batch with drawings, balanced by digit and strongly augmented, and the rest with replayed MNIST
   (Chaudhry et al. 2019). Replay the images of which the root is least certain, and outliers, with its logits as
   targets (`replay_buffer`, `fine_tuner`).
4. Judge by cross-validation: no model judges a drawing that it has learned. The same predictions show which labels
   are probably wrong. Those drawings are left out and shown (`label_issues`).
5. Learn all the others, and interpolate between the old weights and the new (WiSE-FT, Wortsman et al. 2022): unseen
   drawings rank the coefficients, and the first that passes the acceptance test is taken (`acceptance`).

docs/experiments/fine-tuning.md says what each step is worth.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats, label_issues
from mnist_core.collection.drawing import images, labels
from mnist_core.common.errors import StudioError
from mnist_core.common.files import replacing
from mnist_core.common.language import _
from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control, Discard, Stop
from mnist_core.engine.export import rewriting
from mnist_core.engine.fine_tuning import fine_tuning_set, preparation
from mnist_core.engine.fine_tuning.acceptance import Acceptance, by_promise, first_accepted, judge
from mnist_core.engine.fine_tuning.background_predictor import BackgroundPredictor, beside
from mnist_core.engine.fine_tuning.candidate import write_candidate
from mnist_core.engine.fine_tuning.fine_tuner import Logits
from mnist_core.engine.fine_tuning.fine_tuning_set import FineTuningSet
from mnist_core.engine.fine_tuning.learner import Weights
from mnist_core.engine.fine_tuning.outcome import Comparison, Outcome, report_of, warnings_of
from mnist_core.engine.fine_tuning.preparation import Asked, Promise, awaited
from mnist_core.engine.fine_tuning.stages import Stages
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.loop import Diverged, Loop
from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.reports import FineTuneReport, LabelIssue, LearningPoint
from mnist_core.jobs import folds, preflight, waiting
from mnist_core.jobs.progress import Progress
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

ALPHAS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1)
CURVE_IMAGES = 250
HARD = 0.05
"""Above this share of misclassified drawings, the hand is hard and gets twice the steps."""
FEWEST_FOR_A_CURVE, FEWEST_ERRORS = 20, 2
"""Drawings, and of them misclassified ones, below which a learning curve tells nothing."""

Indices = npt.NDArray[np.integer[Any]]


def fine_tune(context: RunContext[FineTuneConfig]) -> FineTuneReport:
    """Fine-tune on the run's drawings; leave the candidate in the run's folder.

    Raises:
        InputError: too few drawings, a model that cannot be tuned, or a layer that it does not have.
        Stop, Discard, Interrupted: as `Control.check` does.
    """
    started = time.monotonic()
    config, workspace, run = context.config, context.workspace, context.run
    run.write_progress(Progress())
    base = Registry(workspace).of_config(config.model)
    preflight.check_tunable(base)
    given = file_formats.labelled(file_formats.read(run.drawings, bounded=False), _("The collected drawings"))
    tuning_set = fine_tuning_set.prepare(workspace, base, given, include_earlier=config.include_earlier)
    preflight.check_count(len(tuning_set.drawings))
    with replacing(run.learned) as path:
        path.write_bytes(file_formats.to_jsonl(tuning_set.drawings))
    with (
        keras.device(devices.choose(config.device)),
        beside(workspace) as background,
        closing(_FineTuning(context, base, tuning_set, background)) as fine_tuning,
    ):
        outcome = fine_tuning.outcome()
        fine_tuning.stages.begin("testing")
        tuner = fine_tuning.tuner
        like = rewriting.Exported(tuner.learner.initial_weights, tuning_set.initial.onnx)
        test, warnings = write_candidate(run, tuner, outcome, fine_tuning.x, like)
    return report_of(outcome, test, round(time.monotonic() - started, 3), warnings)


class _FineTuning:
    """One fine-tuning, from the data to the candidate's weights."""

    def __init__(
        self,
        context: RunContext[FineTuneConfig],
        base: Model,
        tuning_set: FineTuningSet,
        background: BackgroundPredictor,
    ) -> None:
        self.context, self.config, self.control = context, context.config, context.control
        self.base, self.tuning_set = base, tuning_set
        self.stages = Stages(context, waiting.usual_seconds(context.workspace, "fine_tune"))
        self.stages.begin("loading_drawings")
        self.x, self.y = images(tuning_set.drawings), labels(tuning_set.drawings)
        asked = Asked.by(context.workspace, tuning_set.initial, self.config, len(self.x))
        self.root = asked.root
        self._drawings_before = background.predict(self.root, self.x)
        if kept := preparation.kept_for(asked):
            self.stages.prepared()
        self.stages.begin("building")
        self._prepared = prepared = kept or preparation.prepare(
            asked, context.workspace, background, self._teacher_outputs
        )
        self.replay, self.tuner, self._held_out_before = prepared.replay, prepared.tuner, prepared.held_out_before
        self.tuner.take(self.x, self.y)

    def close(self) -> None:
        """Release the memory, unless it is kept for the next fine-tuning."""
        preparation.let_go(self._prepared)

    def outcome(self) -> Outcome:
        """Judge, fit, and choose alpha; leave the chosen weights in the network.

        Raises:
            StudioError: the training diverged.
        """
        fit_started = time.monotonic()
        try:
            learned, issues, tuned, unseen = self._sorted_out()
        except Diverged:
            raise StudioError(_(NOT_FINITE)) from None
        fit_seconds = round(time.monotonic() - fit_started, 3)
        self.stages.begin("accepting")
        drawings = [self.tuning_set.drawings[n] for n in learned]
        fresh, compared_with = fine_tuning_set.comparison(self.context.workspace, self.base, self.tuning_set, drawings)
        judged = learned[fresh] if fresh.any() else learned
        labels = self.y[judged]
        before = Predictions(self._drawings_predicted_by(compared_with)[judged], labels)
        alphas = {alpha: logits for alpha, logits in unseen.items() if alpha <= self.replay.largest_alpha}
        after = {alpha: Predictions(logits[judged], labels) for alpha, logits in alphas.items()}
        acceptance = self._choose(tuned, before, after)
        judged_alike = compared_with == self.tuning_set.initial and len(judged) == len(learned)
        curve = self._learning_curve(judged, before, after[acceptance.alpha], acceptance.alpha) if judged_alike else ()
        self.tuner.learner.go(tuned, acceptance.alpha)
        return Outcome(
            config=self.config,
            base=self.base,
            root=self.root,
            tuning_set=self.tuning_set,
            replay=self.replay,
            comparison=Comparison(judged, before, after[acceptance.alpha], compared_with),
            acceptance=acceptance,
            issues=issues,
            learned=learned,
            learned_right=Predictions(self._predicted(learned), self.y[learned]).right,
            known_by_heart=not fresh.any(),
            fit_seconds=fit_seconds,
            learning_curve=curve,
        )

    def _teacher_outputs(self, promise: Promise) -> Outputs:
        self.stages.begin("teacher_logits")
        return awaited(promise, self.control.check)

    def _drawings_predicted_by(self, model: Model) -> Logits:
        if model == self.root:
            return awaited(self._drawings_before, self.control.check).logits
        return Predictor.of(model, threads=0).logits(self.x)

    def _effort(self, drawings: Indices) -> int:
        """By what the usual number of steps is multiplied for these drawings."""
        before = awaited(self._drawings_before, self.control.check).logits[drawings]
        return 2 if np.mean(before.argmax(axis=1) != self.y[drawings]) > HARD else 1

    def _predicted(self, indices: Indices) -> Logits:
        """By the present weights of the network that becomes the candidate."""
        return predict_all(self.tuner.learner.executor, indices)

    def _sorted_out(self) -> tuple[Indices, list[LabelIssue], Weights, dict[float, Logits]]:
        """What to learn, the label issues, the fit, and the logits of models that have not learned the drawings.

        Wrong labels harm the models that find label issues, so this is repeated without them. If there are very many,
        something else is wrong, and all drawings stay.
        """
        learned: Indices = np.arange(len(self.y))
        folds.begin(self.context.run, awaited(self._drawings_before, self.control.check).logits.argmax(axis=1))
        self.stages.longer(self._effort(learned))
        tuned, unseen = self._fitted_and_judged(learned)
        issues = [] if self.config.label_issues == "include" else self._label_issues(unseen, learned)
        if not issues or label_issues.too_many(issues, len(learned)):
            return learned, issues, tuned, unseen
        learned = _without(issues, learned)
        tuned, unseen = self._fitted_and_judged(learned)
        if more := self._label_issues(unseen, learned):
            learned = _without(more, learned)
            tuned = self._fit_with_curve(learned)
        return learned, issues + more, tuned, unseen

    def _fitted_and_judged(self, drawings: Indices) -> tuple[Weights, dict[float, Logits]]:
        """The fit, and the logits of the cross-validation: at the same time, if two networks can work at once."""
        if self.tuner.judge is self.tuner.learner:
            tuned = self._fit_with_curve(drawings)
            self.stages.begin("cross_validation")
            return tuned, self._unseen(drawings, self.stages)
        leave = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            judging = pool.submit(self._unseen, drawings, _Beside(self.control, leave))
            try:
                tuned = self._fit_with_curve(drawings)
                self.stages.begin("cross_validation")
                return tuned, awaited(judging, self.stages.check)
            finally:
                leave.set()

    def _unseen(self, indices: Indices, control: Control) -> dict[float, Logits]:
        """For each alpha: (N, 10) logits. A drawing's logits come from a model that has learned other drawings."""
        judge = self.tuner.judge
        logits = {alpha: np.zeros((len(self.y), 10), np.float32) for alpha in ALPHAS}
        effort = self._effort(indices)
        shown = max(alpha for alpha in ALPHAS if alpha <= self.replay.largest_alpha)
        parts = [*fine_tuning_set.parts(self.y[indices])]
        self.stages.fold, self.stages.folds = 0, len(parts)
        for number, (train, test) in enumerate(parts):
            weights = judge.fit(self.tuner.plan(indices[train], effort * len(train) / len(indices)), control)
            for alpha in ALPHAS:
                judge.go(weights, alpha)
                logits[alpha][indices[test]] = predict_all(judge.executor, indices[test])
            folds.add(self.context.run, indices[test], logits[shown][indices[test]].argmax(axis=1))
            self.stages.fold = number + 1
        return logits

    def _learning_curve(
        self, judged: Indices, before: Predictions, after: Predictions, alpha: float
    ) -> tuple[LearningPoint, ...]:
        """What networks predict that have learned none, a quarter, and more of the judged drawings, but not these.

        Two networks that learn a quarter take half a second. It is worth it if there is something to learn.
        """
        count = len(judged)
        if count < FEWEST_FOR_A_CURVE or count - before.right < FEWEST_ERRORS:
            return ()
        judge, seen, right = self.tuner.judge, 0, 0
        for train, test in fine_tuning_set.quarters(self.y[judged]):
            plan = self.tuner.plan(judged[train], self._effort(judged) * len(train) / count)
            judge.go(judge.fit(plan, self.control), alpha)
            seen += len(test)
            logits = predict_all(judge.executor, judged[test])
            right += Predictions(logits, self.y[judged[test]]).right
        return (
            LearningPoint(drawings=0, judged=count, right=before.right),
            LearningPoint(drawings=round(count / 4), judged=seen, right=right),
            LearningPoint(drawings=fine_tuning_set.learned_of(count), judged=count, right=after.right),
        )

    def _label_issues(self, unseen: dict[float, Logits], indices: Indices) -> list[LabelIssue]:
        """The label issues among these drawings that nobody has confirmed."""
        before = awaited(self._drawings_before, self.control.check).logits
        found = label_issues.find(self.x, self.y, before, unseen[max(ALPHAS)], indices)
        return [each for each in found if not self.tuning_set.drawings[each.index].confirmed]

    def _fit_with_curve(self, learned: Indices) -> Weights:
        """The fit for the candidate's weights; its curve is shown while it runs."""
        learner, some = self.tuner.learner, slice(CURVE_IMAGES)
        self.stages.begin("training")
        self.context.run.rewind(-1)  # the curve of a fit with label issues
        learner.begin()

        def validate() -> dict[str, float]:
            old = Predictions(self._predicted(self.tuner.held_out[some]), self.replay.y_held_out[some])
            new = Predictions(self._predicted(learned), self.y[learned])
            return {
                "val_accuracy": old.accuracy,
                "val_loss": old.loss,
                "val_loss_error": old.loss_error,
                "drawings_accuracy": new.accuracy,
            }

        device, plan = devices.choose(self.config.device), self.tuner.plan(learned, self._effort(learned))
        loop = Loop(self.context, learner.trainable, plan, validate, device=device, around=self.stages.figures)
        loop.position.warnings += warnings_of(self.tuning_set, self.base)
        loop.run()
        if loop.stopped:
            raise Stop  # half a fit is no candidate
        return list(learner.network.get_weights())

    def _choose(self, tuned: Weights, before: Predictions, after: dict[float, Predictions]) -> Acceptance:
        """The most promising alpha that passes the acceptance test; if there is none, the smallest."""
        old = Predictions(awaited(self._held_out_before, self.control.check).logits, self.replay.y_held_out)

        def at(alpha: float) -> Acceptance:
            self.control.check()
            self.tuner.learner.go(tuned, alpha)
            held_out_after = Predictions(self._predicted(self.tuner.held_out), old.labels)
            return judge(
                alpha, (before, after[alpha]), (old, held_out_after), self.config.allowed_drop, self.replay.title
            )

        return first_accepted(by_promise(after), at)


@dataclass(frozen=True)
class _Beside:
    """The control of a second thread, which also ends when the first one leaves."""

    control: Control
    leave: threading.Event

    def check(self) -> float:
        if self.leave.is_set():
            raise Discard
        return self.control.check()


def _without(issues: list[LabelIssue], drawings: Indices) -> Indices:
    return np.setdiff1d(drawings, [each.index for each in issues])
