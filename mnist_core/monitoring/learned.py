"""How the images that a model learned look to it, as a reference: computed once for each model, and stored."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, synthetic
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.record import Seen, rows
from mnist_core.monitoring.traits import WATCHED

if TYPE_CHECKING:
    from mnist_core.models.predictor import Predictor

COUNT = 2000
LEAST = 20
"""Images of a digit without which its tenths are unknown."""

Deciles = list[list[float] | None]
"""For each digit the nine values between the tenths; None if unknown."""


@dataclass(frozen=True)
class LearnedFigures:
    """The figures of test images."""

    data: str
    """"mnist", or "synthetic" where MNIST is missing."""
    deciles: dict[str, Deciles]
    """By the names of `traits.WATCHED`."""


def learned_figures(log: PredictionLog, workspace: Workspace, model_id: str, predictor: "Predictor") -> LearnedFigures:
    """The stored ones, or new ones, which takes a second or two."""
    mnist = datasets.find_mnist(workspace) is not None
    name = "mnist" if mnist else "synthetic"
    known = stored(log, model_id)
    if known is not None and known.data == name:
        return known
    images = datasets.mnist(workspace).x_test[:COUNT] if mnist else synthetic.generate(COUNT, seed=0)[0]
    deciles = _deciles(images, predictor)
    log.keep_learned_figures(model_id, name, json.dumps(deciles))
    return LearnedFigures(name, deciles)


def stored(log: PredictionLog, model_id: str) -> LearnedFigures | None:
    """Those that have been computed before."""
    found = log.learned_figures(model_id)
    return None if found is None else LearnedFigures(found[0], json.loads(found[1]))


def _deciles(images: npt.NDArray[np.uint8], predictor: "Predictor") -> dict[str, Deciles]:
    found = predictor.predict_all(images)
    seen = [Seen("", "demo", "", *each, 0.0) for each in zip(images, found, strict=True)]
    values = np.array([(row[4], *row[9:15], row[7], row[5]) for row in rows(seen)])
    digits = values[:, 0]
    return {
        name: [_tenths(values[digits == digit, column]) for digit in range(10)]
        for column, name in enumerate(WATCHED, start=1)
    }


def _tenths(values: npt.NDArray[np.float64]) -> list[float] | None:
    return np.quantile(values, np.arange(1, 10) / 10).round(5).tolist() if len(values) >= LEAST else None
