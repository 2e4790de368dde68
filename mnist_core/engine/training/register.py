"""A trained network → the model in the registry, tested."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from mnist_core.common.clock import now
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import title_of
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.export.onnx import export, in_float32
from mnist_core.engine.networks.averaging import with_views
from mnist_core.engine.training.training_data import Data
from mnist_core.evaluation import metrics
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.runs import Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Card, Model, Registry

STRANGE_SHARE = 0.002
"""The share of validation digits that the energy threshold calls no digit."""


def register(
    config: TrainConfig,
    network: keras.Model,
    data: Data,
    dataset: datasets.Dataset,
    figures: dict[str, Any],
    workspace: Workspace,
    run: Run,
    obey: Callable[[], None],
    start: Model | None,
) -> Model:
    """Export, test once on the test set with the exported model, write the card, put both into the registry.

    Args:
        figures: what the card shall tell of the training besides its own.
        obey: raises what ends the run, if the person wants it gone; asked before anything is registered.
        start: the model whose weights the training started from.
    """
    network = in_float32(network)
    if config.test_time_views > 1:
        network = with_views(network, config.test_time_views)
    validation = data.images[data.validation]
    folder = run.candidate
    folder.mkdir(exist_ok=True)
    difference = export(network, folder, validation[:256])
    predictor = Predictor(folder / "model.onnx")
    judged = predictor.logits(validation)
    known = Predictions(judged, data.labels[data.validation]).accuracy
    tested = metrics.accuracy(dataset.y_test, predictor.logits(dataset.x_test).argmax(axis=1))
    card = Card(
        name=config.name or f"{title_of(config)}, {tested.share:.2%}",
        kind="trained",
        architecture=config.architecture,
        parameters=network.count_params(),
        created=now(),
        command=command_line(config),
        config=config.model_dump(),
        data={
            "name": dataset.name,
            "trained_on": len(data.train),
            "synthetic": config.synthetic_samples,
            "validated_on": len(data.validation),
            "tested_on": len(dataset.y_test),
            **({"started_from": {"name": start.name, "command": start.card.command}} if start else {}),
        },
        figures={"test_accuracy": tested.share, "onnx_difference": difference, **figures, "validation_accuracy": known},
        energy_threshold=energy_threshold(judged),
        parent=start.id if start else None,
        run=run.id,
    )
    obey()
    return Registry(workspace).add(card, lambda target: move_files(folder, target))


def energy_threshold(logits: npt.NDArray[np.float32]) -> float:
    """The log-sum-exp under which only `STRANGE_SHARE` of real digits lie."""
    return float(np.quantile(logsumexp(logits, axis=1), STRANGE_SHARE))


def move_files(source: Path, target: Path) -> None:
    """Move a model's two files, and leave nothing of `source`."""
    for name in ("model.keras", "model.onnx"):
        (source / name).replace(target / name)
    for left in source.iterdir():
        left.unlink()
    source.rmdir()


def command_line(config: TrainConfig) -> str:
    """The command that trains the same model again."""
    changed = {
        name: value for name, value in config.model_dump().items() if value != TrainConfig.model_fields[name].default
    }
    flags = [f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in changed.items()]
    return " ".join(["python -m mnist_core train", *flags])
