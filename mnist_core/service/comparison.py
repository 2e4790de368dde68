"""How the service's models compare: what each predicts, how fast it is, and how often feedback says it is right."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mnist_core.evaluation.metrics import Accuracy
from mnist_core.models.predictor import VERDICTS, Prediction
from mnist_core.service.active import Loaded
from mnist_core.service.observing import Feedback, Observer
from mnist_core.service.served import Role, Served

MOST_DIFFERENCES = 20
"""Pairs of digits that the comparison names."""


@dataclass
class Mean:
    """The mean of some times."""

    seconds: float = 0.0
    count: int = 0

    def add(self, seconds: float | None) -> None:
        """Count a time that was measured."""
        if seconds is not None:
            self.seconds += seconds
            self.count += 1

    @property
    def ms(self) -> float | None:
        """In milliseconds; None if nothing was measured."""
        return 1000 * self.seconds / self.count if self.count else None


@dataclass
class Tally:
    """What one model has done."""

    model_id: str
    name: str
    predictions: int = 0
    probability: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    inference: Mean = field(default_factory=Mean)
    """Processor time of the model for an image."""
    request: Mean = field(default_factory=Mean)
    """Seconds of a request with one drawing."""
    right: int = 0
    feedback: int = 0

    def add(self, prediction: Prediction, inference_s: float | None, request_s: float | None) -> None:
        self.predictions += 1
        self.probability += prediction.probability
        self.verdicts[prediction.verdict] += 1
        self.inference.add(inference_s)
        self.request.add(request_s)

    def judge(self, prediction: int, given: Feedback) -> None:
        """Count a prediction that feedback has judged. Later feedback on it takes the place of the first one."""
        self.feedback += given.before is None
        self.right += (prediction == given.digit) - (prediction == given.before)

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
            "mean_ms": self.inference.ms,
            "mean_request_ms": self.request.ms,
            "feedback": self.feedback,
            "feedback_right": self.right,
            "feedback_interval": [*accuracy.interval] if self.feedback else None,
        }


class Shadow:
    """A second model that predicts the same drawings silently."""

    def __init__(self, loaded: Loaded) -> None:
        self.tally = Tally(loaded.model.id, loaded.model.name)
        self.same_digit = self.same_verdict = 0
        self.differences: Counter[tuple[int, int]] = Counter()
        """(the answer's digit, the shadow's) → how often."""
        self._predictor = loaded.predictor

    def predict(self, served: Sequence[Served]) -> None:
        """Predict from what the answering model was given, and compare.

        The batches are the same, too: an image alone takes a model longer than one of many.
        """
        batches: dict[int, list[Served]] = {}
        for each in served:
            batches.setdefault(id(each.batch), []).append(each)
        for batch in batches.values():
            self._predict_batch(batch)

    def _predict_batch(self, served: Sequence[Served]) -> None:
        images, strokes = np.stack([each.drawing.image for each in served]), [each.strokes for each in served]
        started = time.thread_time()
        found = self._predictor.predict_all(images, strokes)
        seconds = (time.thread_time() - started) / len(served)
        for answer, own in zip(served, found, strict=True):
            self.tally.add(own, seconds if answer.batch else None, None)
            self.same_digit += own.digit == answer.prediction.digit
            self.same_verdict += own.verdict == answer.prediction.verdict
            if own.digit != answer.prediction.digit:
                self.differences[answer.prediction.digit, own.digit] += 1

    def judge(self, given: Feedback) -> None:
        """Count whether it would have been right."""
        self.tally.judge(self._predictor.predict(given.remembered.drawing.image).digit, given)

    def values(self) -> dict[str, Any]:
        """As JSON values; the first digit of a difference is the answer's."""
        return {
            "compared": self.tally.predictions,
            "same_digit": self.same_digit,
            "same_verdict": self.same_verdict,
            "differences": [[*pair, count] for pair, count in self.differences.most_common(MOST_DIFFERENCES)],
        }


class Comparison(Observer):
    """The tallies of all models since the start.

    Only the observer's thread counts. Others see the values that it has published after a batch.
    """

    name = "comparison"

    def __init__(self, shadow: Shadow | None = None) -> None:
        self._tallies: dict[tuple[Role, str], Tally] = {}
        self._shadow = shadow
        self.values = self._computed()
        """As JSON values, the latest model last. Each batch makes new ones; nobody changes them."""

    def on_predictions(self, served: Sequence[Served]) -> None:
        for each in served:
            tally = self._tally(each.role, each.model_id, each.model_name)
            tally.add(each.prediction, each.batch.image_s if each.batch else None, each.request_s)
        if self._shadow is not None:
            self._shadow.predict(served)
        self.values = self._computed()

    def on_feedback(self, given: Sequence[Feedback]) -> None:
        for each in given:
            found = each.remembered
            self._tally(found.role, found.model_id, found.model_name).judge(found.prediction, each)
            if self._shadow is not None:
                self._shadow.judge(each)
        self.values = self._computed()

    def _computed(self) -> dict[str, Any]:
        models = [tally.values(role) for (role, _), tally in self._tallies.items()]
        if self._shadow is None:
            return {"models": models, "shadow": None}
        return {"models": [*models, self._shadow.tally.values("shadow")], "shadow": self._shadow.values()}

    def _tally(self, role: Role, model_id: str, name: str) -> Tally:
        return self._tallies.setdefault((role, model_id), Tally(model_id, name))
