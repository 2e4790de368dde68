"""What the service has predicted, for whoever watches it: the shadow model, the comparison, a monitor.

A request only appends a record to a list. A few times a second, a thread hands the list to the observers, so watching
takes no time of a request.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from mnist_core.collection.drawing import Drawing
from mnist_core.common import log
from mnist_core.drawing.strokes import Gray
from mnist_core.models.predictor import Prediction
from mnist_core.service.buffer import Buffer

MOST = 5000
"""Records that wait for the observers."""

Role = Literal["active", "canary"]
"""Which of the service's models has answered."""


@dataclass(frozen=True)
class Served:
    """One prediction that a client was given."""

    id: str
    """What the client names it by in its feedback."""
    role: Role
    model_id: str
    model_name: str
    drawing: Drawing
    image: Gray
    """(28, 28) uint8, as the network saw it."""
    prediction: Prediction
    seconds: float
    """From the request's arrival to its prediction."""
    at: float = field(default_factory=time.time)
    """Seconds since 1970."""

    @cached_property
    def ink(self) -> float:
        """The mean of the image, 0 to 1."""
        return float(self.image.mean()) / 255

    @cached_property
    def size(self) -> tuple[int, int]:
        """The height and width of the ink in pixels; (0, 0) without ink."""
        rows, columns = np.nonzero(self.image)
        return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


Observer = Callable[[Sequence[Served]], None]
"""Gets each prediction once, in order, in a thread of its own. It may take its time, and it must not keep the list."""


def observers(*each: Observer) -> Buffer[Served]:
    """Hands the predictions on to all of these."""

    def tell(served: list[Served]) -> None:
        for observer in each:
            try:
                observer(served)
            except Exception as error:  # noqa: BLE001 – a boundary, which logs it; the others go on
                log.told(error)

    return Buffer(tell, MOST)
