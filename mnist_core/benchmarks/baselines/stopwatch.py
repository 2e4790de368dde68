"""The seconds that a baseline spends fitting, and what it knows after each epoch."""

import json
import time
from typing import Any


class Stopwatch:
    """Stands still while an epoch is judged."""

    def __init__(self) -> None:
        self._epochs: list[dict[str, float]] = []
        self._judging = 0.0
        self._start = time.monotonic()

    def epoch(self, judge: Any) -> None:
        """An epoch has ended; `judge()` is its test accuracy."""
        ended = time.monotonic()
        seconds = ended - self._start - self._judging
        self._epochs.append({"seconds": round(seconds, 3), "test_accuracy": float(judge())})
        self._judging += time.monotonic() - ended

    def report(self) -> None:
        """Print the one JSON object, at the end of the fit."""
        fit_seconds = time.monotonic() - self._start - self._judging
        report = {
            "fit_seconds": round(fit_seconds, 3),
            "judging_seconds": round(self._judging, 3),
            "epochs": self._epochs,
        }
        print(json.dumps(report))
