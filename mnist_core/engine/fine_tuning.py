"""The fine-tuning recipe: learn a few drawings by heart, and MNIST not a bit less.

1. Start from the model that was tuned first, and learn all drawings again (`lesson`).
2. Freeze batch normalisation's statistics; a few dozen drawings are no basis for new ones.
3. Each batch is half drawings, balanced by digit and strongly varied, half replayed MNIST (Chaudhry et al. 2019).
4. Judge by cross-validation: no drawing is judged by a model that has learned it. The same readings tell which labels
   are probably slips; those drawings are left out, and shown (`suspects`).
5. Learn all the others, and go back part of the way to the old weights (WiSE-FT, Wortsman et al. 2022): unseen drawings
   rank the ways, and the first at which MNIST is safe is proposed (`gate`).

What was tried, and what it was worth, is in docs/fine-tuning.md.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core import drawings as drawing_sets
from mnist_core import exchange, metrics, proposals, suspects
from mnist_core.clock import now
from mnist_core.config import FineTuneConfig
from mnist_core.engine import devices, lesson, memory, proposing
from mnist_core.engine.executor import read_all
from mnist_core.engine.gate import Reading, Verdict, by_promise, judge
from mnist_core.engine.loop import Control, Diverged, Loop
from mnist_core.engine.training import OnProgress
from mnist_core.engine.tuner import ROUNDS, Logits, Tuner, Weights
from mnist_core.errors import InputError, StudioError
from mnist_core.predictor import Predictor
from mnist_core.registry import Card, Model, Registry
from mnist_core.runs import Run
from mnist_core.workspace import Workspace

FEWEST = 2
ALPHAS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1)
CURVE_IMAGES = 500
MOSTLY_MISTAKES = 0.4
"""Fewer drawings than this share were read right before: whoever collected them confirmed hardly any."""

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
    registry = Registry(workspace)
    base = registry.find(config.model)
    if not base.card.usable:
        raise InputError(f"{base.name} is not a digit model, so it cannot be fine-tuned.")
    given = exchange.labelled(exchange.read(run.drawings), "the collected drawings")
    if len(given) < FEWEST:
        raise InputError(
            f"Fine-tuning needs at least {FEWEST} drawings, and there are {len(given)}. Draw and correct more."
        )
    learns = lesson.prepare(workspace, base, given)
    run.drawings.write_bytes(exchange.to_jsonl(learns.drawings))  # what the report's indices refer to
    root = registry.lineage(learns.start)[-1]
    with keras.device(devices.choose(config.device)), ThreadPoolExecutor(1) as beside:
        tuning = _Tuning(config, workspace, run, control, on_progress, base, learns, root, beside)
        report = tuning.report()
    return {**report, "total_seconds": round(time.monotonic() - started, 3)}


@dataclass(frozen=True)
class _Before:
    """What the root of the lineage reads, asked for while the graph is built: (N, 10) logits each."""

    drawings: Logits
    kept: Logits


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
        learns: lesson.Lesson,
        root: Model,
        beside: ThreadPoolExecutor,
    ) -> None:
        self.config, self.run, self.control, self.on_progress = config, run, control, on_progress
        self.base, self.lesson, self.root = base, learns, root
        self._tell("loading data")
        self.x, self.y = drawing_sets.images(learns.drawings), drawing_sets.labels(learns.drawings)
        self.memory = memory.recall(workspace, root, config.seed)
        # Reading takes ONNX Runtime a second or two, which building the graph leaves free.
        self._reading: Future[_Before] = beside.submit(self._read_before)
        self._tell("building the network")
        self.tuner = Tuner(config, learns.start, self.x, self.y, self.memory)

    def report(self) -> dict[str, Any]:
        """Judge, fit, choose α, export, test."""
        fit_started = time.monotonic()
        try:
            learned, doubtful, unseen = self._sorted_out()
            tuned = self._fit_with_curve(learned)
        except Diverged as error:
            raise StudioError(str(error)) from None
        fit_seconds = round(time.monotonic() - fit_started, 3)
        self._tell("comparing before and after")
        fresh, compared_with = lesson.comparison(
            self.base, self.lesson.start, [self.lesson.drawings[n] for n in learned]
        )
        judged = learned[fresh]
        labels = self.y[judged]
        drawn = Reading(self._drawings_read_by(compared_with)[judged], labels)
        new = {alpha: Reading(logits[judged], labels) for alpha, logits in unseen.items()}
        old = Reading(self._reading.result().kept, self.memory.y_kept)
        verdict, kept = self._choose(tuned, drawn, new, old)
        before, after = drawn.predictions, new[verdict.alpha].predictions
        report = {
            "accepted": verdict.accepted,
            "reason": verdict.reason,
            "alpha": verdict.alpha,
            "base": self.base.name,
            "base_id": self.base.id,
            "started_from": self.lesson.start.name,
            "compared_with": compared_with.name,
            "drawings": len(self.y),
            "learned": len(learned),
            "earlier": len(self.y) - self.lesson.given,
            "suspects": [asdict(each) for each in doubtful],
            "judged": len(labels),
            "only_mistakes": drawn.accuracy < MOSTLY_MISTAKES,
            "drawings_right_before": drawn.right,
            "drawings_right_after": new[verdict.alpha].right,
            "drawings_before": drawn.accuracy,
            "drawings_after": new[verdict.alpha].accuracy,
            "p_value": metrics.paired(labels, before, after).p_value,
            "replayed": self.memory.name,
            "kept_images": len(old.labels),
            "kept_right_before": old.right,
            "kept_right_after": kept.right,
            "kept_became_wrong": verdict.old.became_wrong,
            "kept_became_right": verdict.old.became_right,
            "greatest_drop": 100 * verdict.old.greatest_drop,
            "allowed_drop": self.config.allowed_drop,
            "changed": [
                {"drawing": int(judged[n]), "label": int(labels[n]), "before": int(before[n]), "after": int(after[n])}
                for n in np.nonzero(before != after)[0]
            ],
            "epochs": ROUNDS,
            "fit_seconds": fit_seconds,
            "seed": self.config.seed,
        }
        self._tell("testing and exporting")
        mnist = proposing.propose(
            self.run, self.tuner.as_started(), self._card(report, learned), self.x, self.memory, self.base
        )
        if not verdict.accepted:
            proposals.discard(self.run)
        return {**report, **mnist}

    def _read_before(self) -> _Before:
        root = Predictor(self.root.onnx)
        return _Before(root.logits(self.x), root.logits(self.memory.x_kept))

    def _drawings_read_by(self, model: Model) -> Logits:
        return (
            self._reading.result().drawings if model == self.root else Predictor(model.onnx, threads=0).logits(self.x)
        )

    def _sorted_out(self) -> tuple[Indices, list[suspects.Suspect], dict[float, Logits]]:
        """The drawings to learn, those whose label is in doubt, and what models that have not learned them read.

        Slips spoil the models that shall tell slips, so where some were found, it is done again without them.
        """
        everything = np.arange(len(self.y))
        learned, doubtful, unseen = everything, [], self._unseen(everything)
        if self.config.doubtful == "leave out" and (doubtful := self._doubtful(unseen, learned)):
            learned = np.setdiff1d(everything, [each.index for each in doubtful])
            unseen = self._unseen(learned)
            doubtful += self._doubtful(unseen, learned)
            learned = np.setdiff1d(everything, [each.index for each in doubtful])
        return learned, doubtful, unseen

    def _unseen(self, indices: Indices) -> dict[float, Logits]:
        """For each α: (N, 10) logits, for each of these drawings of a model that has learned others of them."""
        logits = {alpha: np.zeros((len(self.y), 10), np.float32) for alpha in ALPHAS}
        parts = list(lesson.parts(self.y[indices]))
        for number, (train, test) in enumerate(parts, 1):
            self._tell(f"cross-validation, part {number} of {len(parts)}")
            weights = self.tuner.fit(indices[train], self.control, len(train) / len(indices))
            for alpha in ALPHAS:
                logits[alpha][indices[test]] = self.tuner.logits(weights, alpha, indices[test])
        return logits

    def _doubtful(self, unseen: dict[float, Logits], indices: Indices) -> list[suspects.Suspect]:
        """Those of these drawings whose label is probably a slip; never so many that too few are left."""
        open_ones = [n for n in indices if not self.lesson.drawings[n].confirmed]
        before = self._reading.result().drawings
        found = suspects.find(self.y, before, unseen[max(ALPHAS)], open_ones)
        return found if len(found) <= len(indices) - FEWEST else []

    def _fit_with_curve(self, learned: Indices) -> Weights:
        """The fit whose weights are proposed; its curve is shown while it runs."""
        tuner, y_kept = self.tuner, self.memory.y_kept[:CURVE_IMAGES]
        tuner.begin()
        self.run.rewind(-1)

        def validate() -> dict[str, float]:
            old = Reading(read_all(tuner.executor, tuner.kept[:CURVE_IMAGES]), y_kept)
            new = Reading(read_all(tuner.executor, learned), self.y[learned])
            return {"val_accuracy": old.accuracy, "val_loss": old.loss, "drawings_accuracy": new.accuracy}

        plan, device = tuner.plan(learned), devices.choose(self.config.device)
        Loop(
            tuner.network, tuner.graph, tuner.executor, plan, self.run, self.control, validate,
            device=device, on_progress=self.on_progress,
        ).run()  # fmt: skip
        return list(tuner.network.get_weights())

    def _choose(
        self, tuned: Weights, drawn: Reading, new: dict[float, Reading], old: Reading
    ) -> tuple[Verdict, Reading]:
        """The most promising α that the gate lets pass, set in the network; if there is none, the gentlest."""
        forgets_from = float("inf")
        for alpha in by_promise(new):
            if alpha < forgets_from:  # who forgets too much on half of the way does so on all of it
                kept, verdict = self._judged(alpha, tuned, drawn, new, old)
                if verdict.accepted:
                    return verdict, kept
                forgets_from = alpha if verdict.forgets else forgets_from
        kept, verdict = self._judged(min(ALPHAS), tuned, drawn, new, old)
        return verdict, kept

    def _judged(
        self, alpha: float, tuned: Weights, drawn: Reading, new: dict[float, Reading], old: Reading
    ) -> tuple[Reading, Verdict]:
        self.control.check()
        kept = Reading(self.tuner.logits(tuned, alpha, self.tuner.kept), old.labels)
        verdict = judge(alpha, (drawn, new[alpha]), (old, kept), self.config.allowed_drop, self.memory.title)
        return kept, verdict

    def _card(self, report: dict[str, Any], indices: Indices) -> Card:
        learned = [{"id": each.id, "sha256": each.sha256} for each in (self.lesson.drawings[n] for n in indices)]
        figures = ("drawings_before", "drawings_after", "alpha", "greatest_drop")
        return Card(
            name=self.config.name or f"{self.base.name.split(' + ')[0]} + {len(learned)} drawings",
            kind="fine-tuned",
            architecture=self.base.card.architecture,
            parameters=self.base.card.parameters,
            created=now(),
            config=self.config.model_dump(),
            data={"drawings": learned, "replayed": self.memory.name},
            figures={name: report[name] for name in figures},
            parent=self.base.id,
            origin=self.lesson.start.id,
            run=self.run.id,
        )

    def _tell(self, phase: str) -> None:
        self.control.check()  # between the steps, too, the user may have had enough
        progress = self.run.progress().model_copy(update={"phase": phase})
        self.run.write_progress(progress)
        self.on_progress(progress)
