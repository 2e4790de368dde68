"""Predictions for tests."""

from typing import Any

import numpy as np

from mnist_core.models.predictor import Prediction, Verdict
from mnist_core.monitoring.record import Seen


def seen(number: int, *, digit: int = 3, verdict: Verdict = "sure", probability: float = 0.9, **values: Any) -> Seen:
    """One prediction for a stroke whose place and length depend on the number."""
    image = np.zeros((28, 28), np.uint8)
    image[4 : 12 + number % 12, 8 + number % 7 : 11 + number % 7] = 255
    likely = tuple(probability if each == digit else (1 - probability) / 9 for each in range(10))
    prediction = Prediction(verdict, digit, probability, likely, score=2.0)
    known = {"source": "draw", "model_id": "one", "seconds": 0.002, "at": 1_700_000_000.0 + number}
    return Seen(f"id-{number}", image=image, prediction=prediction, **(known | values))
