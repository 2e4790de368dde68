"""One prediction in the log: figures, no picture and no strokes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from mnist_core.models.predictor import Prediction
from mnist_core.monitoring.traits import traits

Source = Literal["draw", "service", "demo"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One prediction that somebody was shown."""

    id: str
    source: Source
    model_id: str
    image: npt.NDArray[np.uint8]
    """(28, 28), as the network saw it."""
    prediction: Prediction
    seconds: float | None
    """Of a request with this prediction alone; None if there were several."""
    label: int | None = None
    """The digit that a person says it is."""
    at: float = field(default_factory=time.time)
    """Seconds since 1970."""


Row = tuple[str, float, str, str, int, float, str, float, float, float, float, float, float, float, float, int | None]
"""The values of `COLUMNS`."""

COLUMNS = (
    "id", "at", "source", "model_id", "digit", "probability", "verdict", "score", "seconds",
    "ink", "thickness", "width", "height", "slant", "balance", "label",
)  # fmt: skip


def rows(seen: Sequence[Seen]) -> list[Row]:
    """What is stored of these predictions. Empty drawings are left out: they have no style."""
    drawn = [each for each in seen if each.prediction.verdict != "nothing drawn"]
    if not drawn:
        return []
    figures = traits(np.stack([each.image for each in drawn])).round(4).tolist()
    return [
        (
            each.id,
            each.at,
            each.source,
            each.model_id,
            each.prediction.digit,
            each.prediction.probability,
            each.prediction.verdict,
            each.prediction.score,
            -1.0 if each.seconds is None else each.seconds,
            *own,
            each.label,
        )
        for each, own in zip(drawn, figures, strict=True)
    ]
