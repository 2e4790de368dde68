"""A measured point → its card, with which it can be kept."""

from pathlib import Path

import numpy as np

from mnist_core.common.clock import now
from mnist_core.config import flags
from mnist_core.config.schema import CompressConfig
from mnist_core.engine.compression.material import Material
from mnist_core.engine.compression.measuring import Measured
from mnist_core.engine.context import RunContext
from mnist_core.evaluation.compression import CompressedPoint
from mnist_core.evaluation.outputs import NO_DIGIT
from mnist_core.jobs import points
from mnist_core.models.card import Card, Compression, Figures, TrainingData
from mnist_core.models.model import Model


def write(
    context: RunContext[CompressConfig],
    base: Model,
    measured: Measured,
    before: CompressedPoint,
    material: Material,
) -> None:
    """Write the card of a point.

    Args:
        before: the figures of the base.
    """
    point, candidate = measured.point, measured.candidate
    # Whoever gets the model need not know where its maker kept the file.
    config = context.config.model_copy(update={"drawings": Path(context.config.drawings).name})
    trained = candidate.epochs > 0
    card = Card(
        name=f"{config.name or base.name} {point.key}",
        kind="compressed",
        architecture=next((step.architecture for step in point.steps if step.architecture), base.card.architecture),
        parameters=point.parameters,
        created=now(),
        command=command_line(config, base, point.key),
        config=config,
        training_data=_trained_on(material, trained=trained),
        compression=Compression(point=point, base=before),
        figures=Figures(
            test_accuracy=point.test.share if point.test else None,
            validation_accuracy=point.validation.share,
            outliers_refused=point.refused,
            epochs=candidate.epochs if trained else None,
            fit_seconds=round(candidate.fit_seconds, 3) if trained else None,
        ),
        sources=base.card.sources,
        digit_score=base.card.digit_score,
        digit_threshold=measured.threshold,
        inputs=base.card.inputs,
        predicts_only=base.card.predicts_only,
        base=base.id,
        run=context.run.id,
    )
    points.write(context.run, point.key, card)


def _trained_on(material: Material, *, trained: bool) -> TrainingData:
    """What the steps have trained on: nothing if no step had an epoch."""
    data = material.data
    learned = np.unique(data.train) if trained else data.train[:0]
    outliers = int((data.labels[learned] == NO_DIGIT).sum())
    return TrainingData(
        name=material.dataset.name,
        trained_on=len(learned) - outliers,
        synthetic=material.config.synthetic_samples if trained else 0,
        outliers=outliers,
        validated_on=len(data.validation),
        tested_on=len(material.dataset.y_test),
    )


def command_line(config: CompressConfig, base: Model, key: str) -> str:
    """The command that makes the point again and keeps it."""
    return f"{flags.command_line('compress', config.model_copy(update={'model': base.name}))} --keep {key}"
