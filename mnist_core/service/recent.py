"""The inputs of the latest predictions, in memory only, so that feedback can name one."""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mnist_core.collection.drawing import Drawing
from mnist_core.service.served import Role, Served


@dataclass(slots=True)
class Remembered:
    """One prediction and its input, packed: strokes as lists take ten times as much."""

    content: bytes
    lengths: tuple[int, ...] | None
    """The points of each stroke; None for a bitmap."""
    prediction: int
    probability: float
    margin: float
    """The probability of the prediction minus that of the second most likely digit."""
    model_id: str
    model_name: str
    role: Role
    digit: int | None = None
    """What the latest feedback says that it is."""

    @classmethod
    def of(cls, served: Served) -> "Remembered":
        strokes, bitmap = served.drawing.strokes, served.drawing.bitmap
        first, second = sorted(served.prediction.probabilities, reverse=True)[:2]
        if strokes is not None:
            content = np.array([point for stroke in strokes for point in stroke], np.float64).tobytes()
        else:
            assert bitmap is not None
            content = bitmap.tobytes()
        return cls(
            content,
            None if strokes is None else tuple(map(len, strokes)),
            served.prediction.digit,
            served.prediction.probability,
            first - second,
            served.model_id,
            served.model_name,
            served.role,
        )

    @property
    def drawing(self) -> Drawing:
        """The input with its prediction."""
        strokes = bitmap = None
        if self.lengths is None:
            bitmap = np.frombuffer(self.content, np.uint8).reshape(28, 28)
        else:
            points = iter(np.frombuffer(self.content, np.float64).reshape(-1, 2).tolist())
            strokes = [[(x, y) for x, y in islice(points, length)] for length in self.lengths]
        known = (self.prediction, self.probability, self.model_id)
        return Drawing(None, strokes, bitmap, *known, margin=self.margin)


class Recent:
    """The latest predictions by their ids; the oldest ones go."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._found: OrderedDict[str, Remembered] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._found)

    def add(self, served: Served) -> None:
        """Remember it, unless nothing was drawn."""
        if served.prediction.verdict == "nothing drawn":
            return
        self._found[served.id] = remembered = Remembered.of(served)
        self._bytes += len(remembered.content)
        while len(self._found) > self._most or self._bytes > self._most_bytes:
            self._bytes -= len(self._found.popitem(last=False)[1].content)

    def get(self, prediction_id: str) -> Remembered | None:
        """None if there is no such prediction, or it has gone."""
        return self._found.get(prediction_id)
