"""How the service's models compare: what each predicts, how fast it is, and how often feedback says it is right."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mnist_core.collection.drawing import Drawing
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.models.predictor import VERDICTS, Prediction
from mnist_core.service.active import Loaded
from mnist_core.service.observing import Role, Served
from mnist_core.service.recent import Remembered

MOST_DIFFERENCES = 20
"""Pairs of digits that the comparison names."""


@dataclass
class Tally:
    """What one model has done."""

    model_id: str
    name: str
    predictions: int = 0
    seconds: float = 0.0
    probability: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    right: int = 0
    feedback: int = 0

    def add(self, prediction: Prediction, seconds: float) -> None:
        self.predictions += 1
        self.seconds += seconds
        self.probability += prediction.probability
        self.verdicts[prediction.verdict] += 1

    def judge(self, right: bool) -> None:
        """Count a prediction that feedback has judged."""
        self.feedback += 1
        self.right += right

    def values(self, role: str) -> dict[str, Any]:
        """As JSON values."""
        accuracy = Accuracy(self.right, self.feedback)
        return {
            "role": role,
            "model": self.model_id,
            "model_name": self.name,
            "predictions": self.predictions,
            "verdicts": {verdict: self.verdicts[verdict] for verdict in VERDICTS},
            "mean_probability": self.probability / self.predictions if self.predictions else None,
            "mean_ms": 1000 * self.seconds / self.predictions if self.predictions else None,
            "feedback": self.feedback,
            "feedback_right": self.right,
            "feedback_interval": [*accuracy.interval] if self.feedback else None,
        }


class Shadow:
    """A second model that predicts the same drawings silently. It is an observer, so no request waits for it."""

    def __init__(self, loaded: Loaded) -> None:
        self.tally = Tally(loaded.model.id, loaded.model.name)
        self.same_digit = self.same_verdict = 0
        self.differences: Counter[tuple[int, int]] = Counter()
        """(the answer's digit, the shadow's) → how often."""
        self._predictor = loaded.predictor

    def __call__(self, served: Sequence[Served]) -> None:
        images, strokes = np.stack([each.image for each in served]), [each.drawing.strokes for each in served]
        started = time.perf_counter()
        found = self._predictor.predict_all(images, strokes)
        seconds = (time.perf_counter() - started) / len(served)
        for answer, own in zip(served, found, strict=True):
            self.tally.add(own, seconds)
            self.same_digit += own.digit == answer.prediction.digit
            self.same_verdict += own.verdict == answer.prediction.verdict
            if own.digit != answer.prediction.digit:
                self.differences[answer.prediction.digit, own.digit] += 1

    def feedback(self, drawing: Drawing, digit: int) -> None:
        """Count whether it would have been right."""
        self.tally.judge(self._predictor.predict(drawing.image).digit == digit)

    def values(self) -> dict[str, Any]:
        """As JSON values; the first digit of a difference is the answer's."""
        return {
            "compared": self.tally.predictions,
            "same_digit": self.same_digit,
            "same_verdict": self.same_verdict,
            "differences": [[*pair, count] for pair, count in self.differences.most_common(MOST_DIFFERENCES)],
        }


class Comparison:
    """The tallies of all models since the start. It is an observer."""

    def __init__(self, shadow: Shadow | None = None) -> None:
        self._tallies: dict[tuple[Role, str], Tally] = {}
        self._shadow = shadow

    def __call__(self, served: Sequence[Served]) -> None:
        for each in served:
            self._tally(each.role, each.model_id, each.model_name).add(each.prediction, each.seconds)
        if self._shadow is not None:
            self._shadow(served)

    def feedback(self, remembered: Remembered, digit: int) -> None:
        """Count whether the prediction was right."""
        tally = self._tally(remembered.role, remembered.model_id, remembered.model_name)
        tally.judge(remembered.prediction == digit)
        if self._shadow is not None:
            self._shadow.feedback(remembered.drawing, digit)

    def values(self) -> dict[str, Any]:
        """As JSON values, the latest model last."""
        models = [tally.values(role) for (role, _), tally in [*self._tallies.items()]]
        if self._shadow is None:
            return {"models": models, "shadow": None}
        return {"models": [*models, self._shadow.tally.values("shadow")], "shadow": self._shadow.values()}

    def _tally(self, role: Role, model_id: str, name: str) -> Tally:
        return self._tallies.setdefault((role, model_id), Tally(model_id, name))
