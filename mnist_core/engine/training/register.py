"""A trained network → the model in the registry, tested."""

from pathlib import Path

import keras
import numpy as np

from mnist_core.common.clock import now
from mnist_core.config import flags
from mnist_core.config.presets import title_of
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.context import RunContext
from mnist_core.engine.export.onnx import Exported, export, in_float32, keras_outputs
from mnist_core.engine.networks.averaging import divide_logits, with_views
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.training_data import Data
from mnist_core.evaluation import calibration
from mnist_core.evaluation.calibration import expected_calibration_error
from mnist_core.evaluation.outputs import NO_DIGIT
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs import preflight
from mnist_core.models.card import Card, Figures, Source, TrainingData
from mnist_core.models.model import FILES, Model
from mnist_core.models.registry import Registry


def register(
    context: RunContext[TrainConfig],
    network: keras.Model,
    data: Data,
    dataset: datasets.Dataset,
    base: Model | None,
    position: Position,
) -> Model:
    """Export, test once on the test set with the exported model, write the card, put both into the registry.

    A model that cannot be exported is tested with Keras.

    Args:
        base: the model whose weights the training started from.
        position: the end of the training. Without an ONNX file it gets a warning.

    Raises:
        Discard, Interrupted: the person discards the run before anything is registered.
    """
    folder = context.run.candidate
    # Whoever gets the model need not know where its maker kept the files.
    files = {name: Path(getattr(context.config, name)).name for name in preflight.DRAWINGS}
    config = context.config.model_copy(update=files)
    network = in_float32(network)
    images, labels = data.images[data.validation], data.labels[data.validation]
    raw = Predictions(keras_outputs(network, images).logits, labels)
    divide_logits(network, calibration.temperature(raw))
    if config.test_time_views > 1:
        network = with_views(network, config.test_time_views)
    folder.mkdir(exist_ok=True)
    exported = export(network, folder, images[:256])
    if exported.warning and exported.warning not in position.warnings:
        position.warnings.append(exported.warning)
        context.tell("testing", warnings=position.warnings)
    validated = exported.outputs(images)
    validation = Predictions(validated.logits, labels)
    test = Predictions(exported.outputs(dataset.x_test).logits, dataset.y_test)
    threshold = calibration.digit_threshold(validated)
    learned = np.unique(data.train)
    not_digits = int((data.labels[learned] == NO_DIGIT).sum())
    card = Card(
        name=config.name or f"{title_of(config)}, {test.accuracy:.2%}",
        kind="trained",
        architecture=config.architecture,
        parameters=network.count_params(),
        created=now(),
        command=command_line(config, base),
        config=config,
        training_data=TrainingData(
            name=dataset.name,
            trained_on=len(learned) - not_digits,
            synthetic=config.synthetic_samples,
            drawings=config.drawings,
            outliers=not_digits,
            validated_on=len(data.validation),
            tested_on=len(dataset.y_test),
            started_from=Source(name=base.name, command=base.card.command) if base else None,
        ),
        figures=Figures(
            test_accuracy=test.accuracy,
            validation_accuracy=validation.accuracy,
            calibration_error_before=expected_calibration_error(raw.logits, labels),
            calibration_error=expected_calibration_error(validation.logits, labels),
            outliers_refused=_refused(exported, data, threshold),
            onnx_difference=exported.difference,
            best_epoch=position.best_epoch,
            epochs=len(position.accuracies),
            fit_seconds=round(position.elapsed_s, 3),
        ),
        sources=base.card.sources if base else "",
        digit_score=config.learns_outliers,
        digit_threshold=threshold,
        base=base.id if base else None,
        run=context.run.id,
    )
    context.control.check()
    return Registry(context.workspace).add(card, lambda target: move_files(folder, target))


def _refused(exported: Exported, data: Data, threshold: float) -> float | None:
    """The share of validation outliers that the threshold refuses; None if there are none."""
    if not len(data.validation_outliers):
        return None
    scores = exported.outputs(data.images[data.validation_outliers]).digit_scores
    return float((scores < threshold).mean())


def move_files(source: Path, target: Path) -> None:
    """Move a model's files, and remove `source`."""
    for name in FILES:
        if (source / name).exists():
            (source / name).replace(target / name)
    for left in source.iterdir():
        left.unlink()
    source.rmdir()


def command_line(config: TrainConfig, base: Model | None = None) -> str:
    """The command that trains the same model again.

    Args:
        base: the model whose weights the training started from. The command has its name, which is readable elsewhere.
    """
    if base is not None:
        config = config.model_copy(update={"start_from": base.name})
    return flags.command_line("train", config)
