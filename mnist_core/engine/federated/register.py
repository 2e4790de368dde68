"""The weights of the last round → the model in the registry, tested."""

from dataclasses import dataclass

import numpy as np

from mnist_core.common.clock import now
from mnist_core.common.language import Text
from mnist_core.config.federated import PLACES, FederateConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.export import rewriting
from mnist_core.engine.export.onnx import export
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.fine_tuning.candidate import AGREED_ON
from mnist_core.engine.fine_tuning.learner import Weights
from mnist_core.engine.training.register import move_files
from mnist_core.evaluation.calibration import digit_threshold
from mnist_core.evaluation.federated import ClientScores, mean
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.card import Card, FederatedData, Figures
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry


@dataclass(frozen=True)
class Result:
    """What the rounds have led to."""

    weights: Weights
    rounds: int
    clients: tuple[ClientScores, ...]
    greatest_drop: float
    """Percentage points."""
    validation_accuracy: float
    epsilon: float | None
    fit_seconds: float


@dataclass(frozen=True)
class Registered:
    """The model, its accuracy on MNIST's test set (None where that is not on this machine), and a warning."""

    model: Model
    test_accuracy: float | None
    warning: Text | None


def register(context: RunContext[FederateConfig], base: Model, training: LocalTraining, result: Result) -> Registered:
    """Export, test once, write the card, put all of it into the registry.

    Raises:
        Discard, Interrupted: the person discards the run before anything is registered.
    """
    config, folder = context.config, context.run.candidate
    folder.mkdir(exist_ok=True)
    like = rewriting.Exported(training.tuner.learner.initial_weights, base.onnx)
    network = training.network(result.weights)
    held_out = training.replay.x_held_out
    exported = export(network, folder, held_out[:AGREED_ON], like)
    x_test, y_test = training.mnist_test
    test = None
    if x_test is not None and y_test is not None:
        test = Predictions(exported.outputs(x_test).logits, y_test).accuracy
    learned = sum(each.trained for each in result.clients)
    card = Card(
        name=config.name or f"{base.name.split(' + ')[0]} + {len(result.clients)} clients",
        kind="federated",
        architecture=base.card.architecture,
        parameters=network.count_params(),
        created=now(),
        config=without_places(config),
        federated_data=FederatedData(
            clients=len(result.clients),
            drawings=learned,
            rounds=result.rounds,
            replayed=training.replay.name,
            epsilon=result.epsilon,
            delta=None if result.epsilon is None else config.delta,
        ),
        figures=Figures(
            test_accuracy=test,
            validation_accuracy=result.validation_accuracy,
            onnx_difference=exported.difference,
            fit_seconds=result.fit_seconds,
            drawings_before=mean(result.clients, "before"),
            drawings_after=mean(result.clients, "federated"),
            greatest_drop=result.greatest_drop,
        ),
        sources=base.card.sources,
        digit_score=base.card.digit_score,
        digit_threshold=_threshold(base, digit_threshold(exported.outputs(held_out[: 10 * AGREED_ON]))),
        base=base.id,
        run=context.run.id,
    )
    context.control.check()
    known = Learned(learned=training.contents)
    model = Registry(context.workspace).add(card, lambda target: move_files(folder, target), known)
    return Registered(model, test, exported.warning)


def _threshold(base: Model, measured: float) -> float:
    """The base's threshold if it is lower: the base may know hands that differ more than MNIST's."""
    known = base.card.digit_threshold
    return float(measured if known is None else np.minimum(measured, known))


def without_places(config: FederateConfig) -> FederateConfig:
    """Whoever gets the model need not know where its maker kept files, or where the server listened."""
    fields = type(config).model_fields
    return config.model_copy(update={name: fields[name].default for name in PLACES & set(fields)})
