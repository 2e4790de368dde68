"""One prediction that a client was given."""

import time
from dataclasses import dataclass, field
from typing import Literal

from mnist_core.collection.drawing import Drawing
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.predictor import Prediction

Role = Literal["active", "canary"]
"""Which of the service's models has answered."""


@dataclass(frozen=True)
class Batch:
    """Images that a model predicted together."""

    size: int
    seconds: float
    """Of processor time, so that another model can be compared that predicts at a busier moment."""

    @property
    def image_s(self) -> float:
        """The processor time for an image."""
        return self.seconds / self.size


@dataclass(frozen=True)
class Served:
    """A prediction, what it was made from, and how long it took."""

    id: str
    """What the client names it by in its feedback."""
    role: Role
    model_id: str
    model_name: str
    drawing: Drawing
    strokes: Strokes | None
    """Those that the predictor was given beside the image; None for an image alone."""
    prediction: Prediction
    request_s: float | None
    """From the request's arrival to its prediction; None if the request had several."""
    batch: Batch | None
    """The one with this image; None for a digit of a number."""
    at: float = field(default_factory=time.time)
    """Seconds since 1970."""
