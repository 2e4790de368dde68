"""The fine-tuning recipe: learn a few drawings by heart, and MNIST not a bit less.

1. Start from the model that the loaded one was first tuned from, if most of what it learned since is among the
   drawings, else from the loaded one: many small tunings do not drift.
2. Freeze batch normalisation's statistics; a few dozen drawings are no basis for new ones.
3. Each batch is part drawings, balanced by digit and lightly varied, part replayed MNIST (Chaudhry et al. 2019).
4. Go back part of the way to the old weights (WiSE-FT, Wortsman et al. 2022): how far is chosen by drawings and
   MNIST images that the tuning did not see, never by the test set.
5. Propose the result only if held-out drawings got no worse and MNIST stayed within the allowed drop.

Fewer than `ENOUGH` drawings are too few to hold any back, so they are judged by cross-validation; from there
on, a fixed part of them (by their hash, so it is the same part next time) is never trained on.
"""

import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core import drawings as drawing_sets
from mnist_core import exchange, metrics, proposals, schedules
from mnist_core.clock import now
from mnist_core.config import Augmentation, FineTuneConfig, TrainConfig
from mnist_core.drawings import Drawing
from mnist_core.engine import devices, memory
from mnist_core.engine.averaging import heads, with_views, without_views
from mnist_core.engine.executor import executor_of, read_all
from mnist_core.engine.export import export
from mnist_core.engine.gate import Reading, best_of, judge
from mnist_core.engine.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.loop import Control, Diverged, Loop
from mnist_core.engine.plan import Plan
from mnist_core.engine.training import OnProgress, energy_threshold
from mnist_core.errors import InputError, StudioError
from mnist_core.predictor import Predictor
from mnist_core.registry import Card, Model, Registry
from mnist_core.runs import Run
from mnist_core.workspace import Workspace

ENOUGH = 50
FOLDS = 4
FEWEST_JUDGED = 10
ALPHAS = (1.0, 0.75, 0.5, 0.25)
STEPS_AT_ONCE = 10
ROUNDS = 5
"""How many times the live curve gets a validation point."""

Weights = list[npt.NDArray[np.float32]]
Bools = npt.NDArray[np.bool_]


def fine_tune(
    config: FineTuneConfig, workspace: Workspace, run: Run, control: Control, on_progress: OnProgress
) -> dict[str, Any]:
    """Tune by `config` on the run's drawings; leave the proposed model in the run's folder; return the report.

    Raises:
        InputError: too few drawings, or a model that cannot be tuned.
        Stop, Discard, Interrupted: as `Control.check` does.
    """
    started = time.monotonic()
    registry = Registry(workspace)
    base = registry.find(config.model)
    if not base.card.usable:
        raise InputError(f"{base.name} is not a digit model, so it cannot be fine-tuned.")
    drawings = exchange.labelled(exchange.read(run.drawings), "the collected drawings")
    if len(drawings) < 2:
        raise InputError(
            f"Fine-tuning needs at least 2 drawings, and there are {len(drawings)}. Draw and correct more."
        )
    start = starting_model(registry, base, drawings)
    with keras.device(devices.choose(config.device)):
        tuning = _Tuning(config, workspace, run, control, on_progress, base, start, drawings)
        report = tuning.report()
    return {**report, "total_seconds": round(time.monotonic() - started, 3)}


def starting_model(registry: Registry, base: Model, drawings: list[Drawing]) -> Model:
    """Where to start from: the origin of `base` if most of what `base` was tuned on is among the drawings.

    Most, not all: what the user has deleted since is to be unlearned.
    """
    again = base.learned & {drawing.sha256 for drawing in drawings}
    if base.card.origin and 2 * len(again) >= len(base.learned):
        return registry.get(base.card.origin)
    return base


def held_out(drawings: list[Drawing]) -> Bools:
    """(N,): which drawings are never trained on; none while there are fewer than `ENOUGH`."""
    chosen = np.array([int(drawing.sha256[:8], 16) % 10 < 3 for drawing in drawings])
    return chosen if len(drawings) >= ENOUGH and 0 < chosen.sum() < len(chosen) else np.zeros_like(chosen)


def freeze(network: keras.Model, trainable: str) -> None:
    """Freeze batch normalisation always, and all but the last layers where that was asked for."""
    layers = [layer for layer in _leaves(network) if layer.weights]
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    kept = {"everything": len(layers), "last half": -(-len(layers) // 2), "head": heads(network)}[trainable]
    for layer in layers[: len(layers) - kept]:
        layer.trainable = False


def _leaves(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers in their order, those of networks within the network included."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def interpolate(start: Weights, tuned: Weights, alpha: float) -> Weights:
    """The weights at `alpha` of the way from `start` (0) to `tuned` (1)."""
    return [a + alpha * (b - a) for a, b in zip(start, tuned, strict=True)]


class _Tuning:
    """One fine-tuning: the data on the device, the compiled graph, and the fits that share them."""

    def __init__(
        self,
        config: FineTuneConfig,
        workspace: Workspace,
        run: Run,
        control: Control,
        on_progress: OnProgress,
        base: Model,
        start: Model,
        drawings: list[Drawing],
    ) -> None:
        self.config, self.run, self.control, self.on_progress = config, run, control, on_progress
        self.base, self.start, self.drawings = base, start, drawings
        self._tell("loading data")
        self.x, self.y = drawing_sets.images(drawings), drawing_sets.labels(drawings)
        self.held_out = held_out(drawings)
        root = Registry(workspace).lineage(start)[-1]
        self.memory = memory.recall(workspace, root.card, config.seed)
        self._tell("building the network")
        self.network, self.views = without_views(keras.models.load_model(start.keras, compile=False))
        freeze(self.network, config.trainable)
        images = np.concatenate([self.x, self.memory.x, self.memory.x_validation])
        self.replayed = len(self.x) + np.arange(len(self.memory.x))
        self.old = len(self.x) + len(self.memory.x) + np.arange(len(self.memory.x_validation))
        targets = np.eye(10, dtype=np.float32)[np.concatenate([self.y, self.memory.y, self.memory.y_validation])]
        v = config.variation
        variation = Augmentation(rotation=10 * v, shift=1.0 * v, zoom=0.1 * v, shear=0.1 * v, stroke_width=0.15 * v)
        # Only the drawings are varied: of old digits there are enough, and they shall stay as they were.
        self.graph = training_graph(self.network, images, variation, config.seed, augment_below=len(self.x))
        optimizer = make_optimizer(TrainConfig(optimizer="adam", learning_rate=config.learning_rate))
        compile_graph(self.graph, optimizer)
        optimizer.build(self.graph.trainable_variables)
        self.executor = executor_of(self.graph, targets)
        self.start_weights: Weights = self.network.get_weights()

    def report(self) -> dict[str, Any]:
        """Fit, judge, choose α, export, test."""
        everything = np.arange(len(self.drawings))
        train = everything[~self.held_out] if self.held_out.any() else everything
        fit_started = time.monotonic()
        try:
            tuned = self._fit_with_curve(train)
            judged, logits = self._judged(tuned)
        except Diverged as error:
            raise StudioError(str(error)) from None
        fit_seconds = round(time.monotonic() - fit_started, 3)
        self._tell("comparing before and after")
        fresh, compared_with = self._comparison(judged)
        judged, labels = judged[fresh], self.y[judged[fresh]]
        base = Predictor(self.base.onnx, threads=0)
        drawn = Reading(Predictor(compared_with.onnx, threads=0).logits(self.x[judged]), labels)
        old = Reading(base.logits(self.memory.x_validation), self.memory.y_validation)
        new = {alpha: Reading(logits[alpha][fresh], labels) for alpha in ALPHAS}
        kept = {alpha: self._old_reading(alpha, tuned) for alpha in ALPHAS}
        best = best_of(
            [
                judge(alpha, (drawn, new[alpha]), (old, kept[alpha]), self.config.allowed_drop, self.memory.name)
                for alpha in ALPHAS
            ]
        )
        before, after = drawn.predictions, new[best.alpha].predictions
        report = {
            "accepted": best.accepted,
            "reason": best.reason,
            "alpha": best.alpha,
            "base": self.base.name,
            "base_id": self.base.id,
            "started_from": self.start.name,
            "compared_with": compared_with.name,
            "drawings": len(self.drawings),
            "judged_by": "held-out drawings" if self.held_out.any() else "cross-validation",
            "judged": len(labels),
            "drawings_right_before": drawn.right,
            "drawings_right_after": new[best.alpha].right,
            "drawings_before": float((before == labels).mean()),
            "drawings_after": float((after == labels).mean()),
            "p_value": metrics.mcnemar(labels, before, after)[2],
            "replayed": self.memory.name,
            "validation_before": old.right / len(old.labels),
            "validation_after": kept[best.alpha].right / len(old.labels),
            "changed": [
                {"drawing": int(judged[n]), "label": int(labels[n]), "before": int(before[n]), "after": int(after[n])}
                for n in np.nonzero(before != after)[0]
            ],
            "epochs": ROUNDS,
            "fit_seconds": fit_seconds,
            "seed": self.config.seed,
        }
        self.network.set_weights(interpolate(self.start_weights, tuned, best.alpha))
        return {**report, **self._export_and_test(report, base)}

    def _fit_with_curve(self, train: npt.NDArray[np.int64]) -> Weights:
        """The fit whose weights are proposed; its curve is shown while it runs."""
        plan = self._plan(train)
        self.run.rewind(-1)
        few = slice(0, 1000)

        shown = np.nonzero(self.held_out)[0] if self.held_out.any() else np.arange(len(self.x))

        def validate() -> dict[str, float]:
            old = Reading(read_all(self.executor, self.old[few]), self.memory.y_validation[few])
            new = Reading(read_all(self.executor, shown), self.y[shown])
            return {
                "val_accuracy": old.accuracy,
                "val_loss": old.loss,
                "drawings_accuracy": new.accuracy,
            }

        loop = Loop(
            self.network, self.graph, self.executor, plan, self.run, self.control, validate,
            device=devices.choose(self.config.device), on_progress=self.on_progress,
        )  # fmt: skip
        loop.run()
        return list(self.network.get_weights())

    def _judged(self, tuned: Weights) -> tuple[npt.NDArray[np.int64], dict[float, npt.NDArray[np.float32]]]:
        """Indices of drawings, and for each α the logits that a model which did not learn them gives them."""
        if self.held_out.any():
            judged = np.nonzero(self.held_out)[0]
            return judged, {alpha: self._logits_at(alpha, tuned, judged) for alpha in ALPHAS}
        logits = {alpha: np.zeros((len(self.x), 10), np.float32) for alpha in ALPHAS}
        for number, (train, test) in enumerate(self._folds(), 1):
            self._tell(f"cross-validation, part {number} of {min(FOLDS, len(self.x))}")
            weights = self._fit(train)
            for alpha in ALPHAS:
                logits[alpha][test] = self._logits_at(alpha, weights, test)
        return np.arange(len(self.x)), logits

    def _comparison(self, judged: npt.NDArray[np.int64]) -> tuple[Bools, Model]:
        """Which of the judged drawings count, and the model whose readings of them are "before".

        A model has learned some drawings by heart; its readings of those say nothing. So only drawings that are new
        to the base count, or, where those are too few, it is the model from which the tuning started that is compared.
        """
        for model, least in ((self.base, min(FEWEST_JUDGED, len(judged))), (self.start, 1)):
            fresh = np.array([self.drawings[n].sha256 not in model.learned for n in judged])
            if fresh.sum() >= least:
                return fresh, model
        return np.ones(len(judged), bool), self.start

    def _folds(self) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """(train, test) indices; each part holds a share of every digit, as far as there are enough."""
        order = np.argsort(self.y, kind="stable")
        part = np.arange(len(order)) % FOLDS
        for number in range(min(FOLDS, len(order))):
            yield order[part != number], order[part == number]

    def _fit(self, train: npt.NDArray[np.int64]) -> Weights:
        """A fit without a curve: one part of the cross-validation."""
        self.network.set_weights(self.start_weights)
        for variable in self.graph.optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        plan = self._plan(train)
        for first in range(0, plan.total_steps, STEPS_AT_ONCE):
            self.control.check()
            self.executor.train(*plan.steps(first, min(STEPS_AT_ONCE, plan.total_steps - first)))
        return list(self.network.get_weights())

    def _plan(self, train: npt.NDArray[np.int64]) -> Plan:
        config = self.config
        by_digit = [train[self.y[train] == digit] for digit in np.unique(self.y[train])]
        count_new = max(1, round(config.batch_size * (1 - config.replay)))

        def batch(step: int) -> npt.NDArray[np.integer]:
            random = np.random.default_rng((config.seed, step))
            digits = random.integers(len(by_digit), size=count_new)
            new = [random.choice(by_digit[digit]) for digit in digits]
            old = random.choice(self.replayed, size=config.batch_size - count_new)
            return np.concatenate([new, old]).astype(np.int32)

        def learning_rate(step: int) -> float:
            return config.learning_rate * schedules.factor("one-cycle", step / max(1, config.steps - 1))

        return Plan(config.steps, max(1, config.steps // ROUNDS), batch, learning_rate, keep_best=False)

    def _old_reading(self, alpha: float, tuned: Weights) -> Reading:
        return Reading(self._logits_at(alpha, tuned, self.old), self.memory.y_validation)

    def _export_and_test(self, report: dict[str, Any], base: Predictor) -> dict[str, Any]:
        """Put the proposal into the run's folder and read MNIST's test set once, with both models."""
        self._tell("testing and exporting")
        folder = self.run.candidate
        folder.mkdir(exist_ok=True)
        network = with_views(self.network, self.views) if self.views > 1 else self.network
        difference = export(network, folder, self.memory.x_validation[:256])
        tuned = Predictor(folder / "model.onnx", threads=0)
        mnist: dict[str, Any] = {"mnist_before": None, "mnist_after": None, "test_accuracy": None}
        if self.memory.x_test is not None and self.memory.y_test is not None:
            old = base.logits(self.memory.x_test).argmax(axis=1) == self.memory.y_test
            new = tuned.logits(self.memory.x_test).argmax(axis=1) == self.memory.y_test
            mnist = {"mnist_before": float(old.mean()), "mnist_after": float(new.mean())}
            mnist["test_accuracy"] = mnist["mnist_after"]
        kept = ("drawings_before", "drawings_after", "validation_before", "validation_after", "alpha")
        figures = {name: report[name] for name in kept} | {k: v for k, v in mnist.items() if v is not None}
        card = Card(
            name=self.config.name or f"{self.base.name.split(' + ')[0]} + {len(self.drawings)} drawings",
            kind="fine-tuned",
            architecture=self.base.card.architecture,
            parameters=self.network.count_params(),
            created=now(),
            config=self.config.model_dump(),
            data={
                "drawings": [{"id": each.id, "sha256": each.sha256} for each in self.drawings],
                "replayed": self.memory.name,
            },
            figures={**figures, "onnx_difference": difference},
            energy_threshold=energy_threshold(tuned.logits(np.concatenate([self.memory.x_validation, self.x]))),
            parent=self.base.id,
            origin=self.start.id,
            run=self.run.id,
        )
        if report["accepted"]:
            proposals.write(self.run, card)
        else:
            proposals.discard(self.run)
        return mnist

    def _logits_at(self, alpha: float, tuned: Weights, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        self.network.set_weights(interpolate(self.start_weights, tuned, alpha))
        return read_all(self.executor, indices)

    def _tell(self, phase: str) -> None:
        self.control.check()  # between the steps, too, the user may have had enough
        progress = self.run.progress().model_copy(update={"phase": phase})
        self.run.write_progress(progress)
        self.on_progress(progress)
