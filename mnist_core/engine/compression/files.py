"""A network → the files of a point of a compression, in its run's folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from mnist_core.common.errors import UnreadableError
from mnist_core.engine.backends import saved
from mnist_core.engine.compression.material import Material
from mnist_core.engine.compression.measuring import Candidate
from mnist_core.engine.export.int8 import quantize
from mnist_core.engine.export.onnx import export, in_float32, keras_outputs
from mnist_core.engine.networks.averaging import divide_logits, with_views
from mnist_core.evaluation import calibration
from mnist_core.evaluation.compression import CompressionStep, Steps, key_of
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model

INT8 = CompressionStep(kind="int8")
COMPARED = 256
"""Images on which an ONNX file is compared with its Keras file."""


def base_of(base: Model) -> Candidate:
    """The model itself, as the point that all others are compared with."""
    parameters = nonzero = base.card.parameters
    if not base.without_keras:
        parameters, nonzero = counts(saved.network_of(base))
    return Candidate((), base.onnx, parameters, nonzero)


def write(run: Run, network: keras.Model, steps: Steps, material: Material, *, views: int = 1) -> Candidate:
    """Write the two files of a trained network, whose probabilities are calibrated before.

    Args:
        views: over which the model averages its predictions.

    Raises:
        UnreadableError: the network cannot be exported.
    """
    network = in_float32(network)
    validation = material.validation
    raw = Predictions(keras_outputs(network, validation.images).logits, validation.labels)
    divide_logits(network, calibration.temperature(raw))
    if views > 1:
        network = with_views(network, views)
    with _folder(run, steps) as folder:
        exported = export(network, folder, validation.images[:COMPARED])
        if exported.warning:
            raise UnreadableError(exported.warning)
    return Candidate(steps, folder / "model.onnx", *counts(network))


def write_int8(run: Run, candidate: Candidate, material: Material) -> Candidate:
    """Write the int8 form of a point: its ONNX file in int8, its Keras file as it is.

    Raises:
        StudioError: ONNX Runtime cannot quantize this network.
    """
    steps = (*candidate.steps, INT8)
    keras_file = candidate.onnx.with_name("model.keras")
    with _folder(run, steps) as folder:
        quantize(candidate.onnx, folder / "model.onnx", material.calibration)
        if keras_file.exists():
            shutil.copyfile(keras_file, folder / keras_file.name)
    return replace(candidate, steps=steps, onnx=folder / "model.onnx")


def counts(network: keras.Model) -> tuple[int, int]:
    """The parameters of a network, and how many of them are not 0."""
    weights = network.get_weights()
    return sum(each.size for each in weights), sum(int(np.count_nonzero(each)) for each in weights)


@contextmanager
def _folder(run: Run, steps: Steps) -> Iterator[Path]:
    """The folder of a point, which goes away again if its files cannot be made."""
    folder = run.points / key_of(steps)
    folder.mkdir(parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
