"""The fine-tuning recipe: learn a few drawings by heart, and MNIST not a bit less.

1. Start from the model that was tuned first, and learn all drawings again (`tuning_set`).
2. Freeze batch normalisation's statistics; a few dozen drawings are no basis for new ones.
3. Each batch is half drawings, balanced by digit and strongly varied, half replayed MNIST (Chaudhry et al. 2019):
   the images of which the old model was least sure, with its own answers (`memory`, `tuner`).
4. Judge by cross-validation: no drawing is judged by a model that has learned it. The same readings tell which labels
   are probably slips; those drawings are left out, and shown (`suspects`).
5. Learn all the others, and go back part of the way to the old weights (WiSE-FT, Wortsman et al. 2022): unseen drawings
   rank the alphas, and the first at which MNIST is safe is proposed (`gate`).

What was tried, and what it was worth, is in docs/fine-tuning.md.
"""

import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats, label_issues
from mnist_core.collection.drawing import images, labels
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace, replacing
from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.control import Control, OnProgress
from mnist_core.engine.fine_tuning import fine_tuning_set, propose, replay_buffer
from mnist_core.engine.fine_tuning.acceptance import Acceptance, by_promise, first_accepted, judge
from mnist_core.engine.fine_tuning.background_predictor import BackgroundPredictor, beside
from mnist_core.engine.fine_tuning.fine_tuner import FineTuner, Logits, Weights
from mnist_core.engine.fine_tuning.report import Comparison, report_of
from mnist_core.engine.training.loop import Diverged, Loop
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.runs import Progress, Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Model, Registry

FEWEST = 2
ALPHAS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1)
CURVE_IMAGES = 500
POLL_S = 0.2

Indices = npt.NDArray[np.integer[Any]]


def fine_tune(
    config: FineTuneConfig, workspace: Workspace, run: Run, control: Control, on_progress: OnProgress
) -> dict[str, Any]:
    """Tune by `config` on the run's drawings; leave the proposed model in the run's folder; return the report.

    Raises:
        InputError: too few drawings, a model that cannot be tuned, or a layer that it does not have.
        Stop, Discard, Interrupted: as `Control.check` does.
    """
    started = time.monotonic()
    run.rewind(-1)  # it may be started again
    run.write_progress(Progress())
    base = Registry(workspace).find(config.model)
    if not base.card.usable:
        raise InputError(f"{base.name} is not a digit model, so it cannot be fine-tuned.")
    given = file_formats.labelled(file_formats.read(run.drawings), "the collected drawings")
    tuning_set = fine_tuning_set.prepare(workspace, base, given, include_earlier=config.include_earlier)
    if len(tuning_set.drawings) < FEWEST:
        raise InputError(
            f"Fine-tuning needs at least {FEWEST} drawings, and there are {len(tuning_set.drawings)}. "
            "Draw and correct more, or import some (drawings import FILE)."
        )
    with replacing(run.learned) as path:
        path.write_bytes(file_formats.to_jsonl(tuning_set.drawings))
    with keras.device(devices.choose(config.device)), beside(workspace) as background:
        report = _Tuning(config, workspace, run, control, on_progress, base, tuning_set, background).report()
    return {**report, "total_seconds": round(time.monotonic() - started, 3)}


class _Tuning:
    """One fine-tuning, from the data to the report."""

    def __init__(
        self,
        config: FineTuneConfig,
        workspace: Workspace,
        run: Run,
        control: Control,
        on_progress: OnProgress,
        base: Model,
        tuning_set: fine_tuning_set.FineTuningSet,
        background: BackgroundPredictor,
    ) -> None:
        self.config, self.run, self.control, self.on_progress = config, run, control, on_progress
        self.base, self.tuning_set = base, tuning_set
        self.root = fine_tuning_set.root(workspace, tuning_set.start)
        self._tell("loading data")
        self.x, self.y = images(tuning_set.drawings), labels(tuning_set.drawings)
        self.replay = replay_buffer.fill(workspace, self.root, config.seed)
        # Read beside the building of the graph, which keeps one core busy, and beside the first fit.
        self._candidates_before = background.predict(self.root, self.replay.x, cache=True)
        self._drawings_before = background.predict(self.root, self.x)
        self._held_out_before = background.predict(self.root, self.replay.x_held_out, cache=True)
        self._tell("building the network")
        self.tuner = FineTuner(config, tuning_set.start, self.x, self.y, self.replay, self._teacher_logits)

    def report(self) -> dict[str, Any]:
        """Judge, fit, choose α, export, test."""
        fit_started = time.monotonic()
        try:
            learned, issues, unseen = self._sorted_out()
            tuned = self._fit_with_curve(learned)
        except Diverged as error:
            raise StudioError(str(error)) from None
        fit_seconds = round(time.monotonic() - fit_started, 3)
        self._tell("comparing before and after")
        fresh, compared_with = fine_tuning_set.comparison(
            self.base, self.tuning_set, [self.tuning_set.drawings[n] for n in learned]
        )
        judged = learned[fresh] if fresh.any() else learned
        labels = self.y[judged]
        before = Predictions(self._drawings_predicted_by(compared_with)[judged], labels)
        alphas = {alpha: logits for alpha, logits in unseen.items() if alpha <= self.replay.largest_alpha}
        after = {alpha: Predictions(logits[judged], labels) for alpha, logits in alphas.items()}
        verdict = self._choose(tuned, before, after)
        self.tuner.go(tuned, verdict.alpha)
        known = Predictions(predict_all(self.tuner.executor, learned), self.y[learned])
        seen = Comparison(self.tuning_set, self.root, judged, before, after[verdict.alpha], compared_with)
        report = {
            **report_of(self.config, self.base, seen, verdict, issues, self.replay),
            "learned": len(learned),
            "learned_right": known.right,
            "known_by_heart": not fresh.any(),
            "fit_seconds": fit_seconds,
        }
        self._tell("testing and exporting")
        learned_drawings = [self.tuning_set.drawings[n] for n in learned]
        card = propose.card_of(self.config, self.run, self.base, self.tuning_set, learned_drawings, report)
        mnist = propose.propose(
            self.run, self.tuner.with_test_time_views(), card, self.x, self.replay, self.base, accepted=verdict.accepted
        )
        return {**report, **mnist}

    def _teacher_logits(self) -> Logits:
        self._tell("reading old digits")
        return self._when_predicted(self._candidates_before)

    def _when_predicted(self, promise: "Future[Logits]") -> Logits:
        """What is read in the background, when it has been; with a large ensemble one may have to wait, or not want to.

        Raises:
            Stop, Discard, Interrupted: as `Control.check` does.
        """
        while True:
            self.control.check()
            with suppress(TimeoutError):
                return promise.result(timeout=POLL_S)

    def _drawings_predicted_by(self, model: Model) -> Logits:
        if model == self.root:
            return self._when_predicted(self._drawings_before)
        return Predictor(model.onnx, threads=0).logits(self.x)

    def _sorted_out(self) -> tuple[Indices, list[label_issues.LabelIssue], dict[float, Logits]]:
        """The drawings to learn, those whose label is in doubt, and what models that have not learned them read.

        Slips spoil the models that shall tell slips, so where some were found, it is done again without them. Where
        very many were found, something else is wrong, and none is left out.
        """
        everything = np.arange(len(self.y))
        unseen = self._unseen(everything)
        issues = [] if self.config.label_issues == "include" else self._label_issues(unseen, everything)
        if not issues or label_issues.too_many(issues, len(everything)):
            return everything, issues, unseen
        learned = np.setdiff1d(everything, [each.index for each in issues])
        unseen = self._unseen(learned)
        issues += self._label_issues(unseen, learned)
        return np.setdiff1d(everything, [each.index for each in issues]), issues, unseen

    def _unseen(self, indices: Indices) -> dict[float, Logits]:
        """For each α: (N, 10) logits, for each of these drawings of a model that has learned others of them."""
        logits = {alpha: np.zeros((len(self.y), 10), np.float32) for alpha in ALPHAS}
        parts = list(fine_tuning_set.parts(self.y[indices]))
        for number, (train, test) in enumerate(parts, 1):
            self._tell(f"cross-validation, part {number} of {len(parts)}")
            weights = self.tuner.fit(indices[train], self.control, len(train) / len(indices))
            for alpha in ALPHAS:
                self.tuner.go(weights, alpha)
                logits[alpha][indices[test]] = predict_all(self.tuner.executor, indices[test])
        return logits

    def _label_issues(self, unseen: dict[float, Logits], indices: Indices) -> list[label_issues.LabelIssue]:
        """Those of these drawings whose label is probably a slip, and that nobody has confirmed."""
        found = label_issues.find(self.y, self._when_predicted(self._drawings_before), unseen[max(ALPHAS)], indices)
        return [each for each in found if not self.tuning_set.drawings[each.index].confirmed]

    def _fit_with_curve(self, learned: Indices) -> Weights:
        """The fit whose weights are proposed; its curve is shown while it runs."""
        tuner, y_held_out = self.tuner, self.replay.y_held_out[:CURVE_IMAGES]
        tuner.begin()

        def validate() -> dict[str, float]:
            old = Predictions(predict_all(tuner.executor, tuner.held_out[:CURVE_IMAGES]), y_held_out)
            new = Predictions(predict_all(tuner.executor, learned), self.y[learned])
            return {
                "val_accuracy": old.accuracy,
                "val_loss": old.loss,
                "val_loss_error": old.loss_error,
                "drawings_accuracy": new.accuracy,
            }

        plan, device = tuner.plan(learned), devices.choose(self.config.device)
        Loop(
            tuner.network, tuner.graph, tuner.executor, plan, self.run, self.control, validate,
            device=device, on_progress=self.on_progress,
        ).run()  # fmt: skip
        return list(tuner.network.get_weights())

    def _choose(self, tuned: Weights, before: Predictions, after: dict[float, Predictions]) -> Acceptance:
        """The most promising α that the gate lets pass; if there is none, the gentlest."""
        old = Predictions(self._when_predicted(self._held_out_before), self.replay.y_held_out)

        def at(alpha: float) -> Acceptance:
            self.control.check()
            self.tuner.go(tuned, alpha)
            kept = Predictions(predict_all(self.tuner.executor, self.tuner.held_out), old.labels)
            return judge(alpha, (before, after[alpha]), (old, kept), self.config.allowed_drop, self.replay.title)

        return first_accepted(by_promise(after), at)

    def _tell(self, phase: str) -> None:
        self.control.check()  # between the steps, too, the user may have had enough
        progress = self.run.progress().model_copy(update={"phase": phase})
        self.run.write_progress(progress)
        self.on_progress(progress)
