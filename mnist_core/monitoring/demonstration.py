"""A written stream of digits whose style changes, as a demonstration, dated over three days."""

import time
from typing import TYPE_CHECKING

import numpy as np

from mnist_core.data import synthetic
from mnist_core.data.handwriting import WIDTHS
from mnist_core.drawing.strokes import Gray, Strokes, rasterize
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import DAY
from mnist_core.monitoring.record import Seen, rows

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction, Predictor

DAYS = 3
BEFORE, AFTER = 1200, 300
"""Drawings in the old and in the new style."""
THIN = (1.2, 2.2)
"""Pixels; see `handwriting.WIDTHS`."""
LEAN = 0.3
"""How much further to the right the new style leans, x per height."""
LABELLED = 0.1
"""The share of the drawings that are labelled."""


def write(count: int, *, shifted: bool, seed: int) -> tuple[Gray, Gray]:
    """Write digits: images (count, 28, 28) and labels (count,), uint8. The new style is thinner and leans more."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    width, lean = (THIN, LEAN) if shifted else (WIDTHS, 0.0)
    written = [(synthetic.write(digit, rng), rng.uniform(*width)) for digit in labels.tolist()]
    return np.stack([rasterize(_leaning(each, lean), width=pen) for each, pen in written]), labels


def demonstrate(
    log: PredictionLog,
    model_id: str,
    predictor: "Predictor",
    *,
    before: int = BEFORE,
    after: int = AFTER,
    seed: int = 0,
) -> None:
    """Log such a stream as that of the source "demo", in place of an earlier one."""
    old, new = write(before, shifted=False, seed=seed), write(after, shifted=True, seed=seed + 1)
    images, labels = (np.concatenate(pair) for pair in zip(old, new, strict=True))
    rng = np.random.default_rng(seed)
    moments = np.sort(time.time() - rng.uniform(0, DAYS * DAY, len(images)))
    judged = rng.random(len(images)) < LABELLED
    found = [_timed(predictor, image) for image in images]
    log.forget("demo")
    log.add(
        rows(
            [
                Seen(f"demo-{model_id}-{seed}-{n}", "demo", model_id, images[n], each, seconds,
                     int(labels[n]) if judged[n] else None, float(moments[n]))
                for n, (each, seconds) in enumerate(found)
            ]
        )
    )  # fmt: skip


def _timed(predictor: "Predictor", image: Gray) -> tuple["Prediction", float]:
    """The prediction, and the seconds that it took."""
    started = time.perf_counter()
    return predictor.predict(image), time.perf_counter() - started


def _leaning(strokes: Strokes, lean: float) -> Strokes:
    return [[(x - lean * y, y) for x, y in stroke] for stroke in strokes]
