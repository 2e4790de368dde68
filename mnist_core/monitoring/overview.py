"""What the log says about one stream: counts, confidence, latency, drift and accuracy."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.evaluation.metrics import Accuracy
from mnist_core.models.predictor import VERDICTS
from mnist_core.monitoring import drift
from mnist_core.monitoring.drift import Change
from mnist_core.monitoring.learned import LearnedFigures
from mnist_core.monitoring.log import Logged, PredictionLog, Stream

LATEST = 10_000
"""Predictions that are looked at."""
RECENT = 200
"""Predictions that count as recent."""
SPANS = ((3 * 3600.0, 300.0), (96 * 3600.0, 3600.0))
"""The longest time that is divided into spans of this length, in seconds; a longer one is divided into days."""
DAY = 86_400.0
EPOCH = datetime(1970, 1, 1)
"""In local time."""


@dataclass(frozen=True)
class Overview:
    """One stream."""

    stream: Stream
    logged: Logged
    changes: list[Change]
    """The first alarm first."""
    stability: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Figure → PSI against the images that the model learned: before the recent predictions, and of them."""
    learned: LearnedFigures | None = None

    @property
    def ongoing(self) -> list[Change]:
        """The changes that are not over."""
        return [change for change in self.changes if change.over is None]

    @property
    def digits(self) -> list[int]:
        """How often each digit was predicted."""
        return np.bincount(self.logged.digit, minlength=10).tolist()  # type: ignore[no-any-return]

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict was given; an empty drawing is not logged."""
        return {each: int((self.logged.verdict == each).sum()) for each in VERDICTS if each != "nothing drawn"}

    @property
    def labelled(self) -> Accuracy:
        """Of the predictions that people have judged."""
        return _accuracy(self.logged, slice(None))

    @property
    def seconds(self) -> npt.NDArray[np.float64]:
        """(M,) seconds of the requests with one prediction, oldest first."""
        return self.logged.seconds[~np.isnan(self.logged.seconds)]

    @property
    def latency_ms(self) -> tuple[float, float, float] | None:
        """The median, the 95th and the 99th percentile; None if no prediction had a request of its own."""
        if not len(self.seconds):
            return None
        median, high, highest = (1000 * np.quantile(self.seconds, (0.5, 0.95, 0.99))).tolist()
        return median, high, highest

    @property
    def by_time(self) -> tuple[float, npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The seconds of a span, the spans' beginnings (T,), and how often each digit was predicted in it (T, 10).

        The spans are five minutes, hours or days of the local time.
        """
        at, digit = self.logged.at[-LATEST:], self.logged.digit[-LATEST:]  # an old baseline may lie far before
        if not len(at):
            return DAY, np.zeros(0), np.zeros((0, 10), np.int64)
        span = next((span for longest, span in SPANS if at.max() - at.min() < longest), DAY)
        spans = np.floor(_local(at) / span).astype(np.int64)
        numbers = np.arange(spans.min(), spans.max() + 1) if np.ptp(spans) < 1000 else np.unique(spans)
        counts = np.zeros((len(numbers), 10), np.int64)
        np.add.at(counts, (np.searchsorted(numbers, spans), digit), 1)
        begins = [(EPOCH + number * timedelta(seconds=span)).timestamp() for number in numbers.tolist()]
        return span, np.array(begins), counts

    def recent_accuracy(self) -> Accuracy:
        """Of the latest `RECENT` predictions that people have judged."""
        return _accuracy(self.logged, slice(-RECENT, None))

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        accuracy, (span, starts, counts) = self.labelled, self.by_time
        latency = self.latency_ms
        return {
            "model": self.stream.model_id,
            "source": self.stream.source,
            "predictions": self.stream.count,
            "looked_at": len(self.logged),
            "digits": self.digits,
            "verdicts": self.verdicts,
            "by_time": {"seconds": span, "starts": starts.tolist(), "digits": counts.tolist()},
            "latency_ms": latency and dict(zip(("median", "p95", "p99"), latency, strict=True)),
            "labelled": accuracy.count,
            "labelled_right": accuracy.right,
            "labelled_interval": [*accuracy.interval] if accuracy.count else None,
            "drift": [self._change(change) for change in self.changes],
            "psi": {name: {"before": old, "recent": new} for name, (old, new) in self.stability.items()},
            "reference": self.learned.data if self.learned else None,
        }

    def _change(self, change: Change) -> dict[str, Any]:
        moment = self.logged.at
        return {
            "figure": change.figure,
            "up": change.up,
            "since": float(moment[change.since]),
            "alarm": float(moment[change.alarm - 1]),
            "drawings_until_alarm": change.alarm - change.since,
            "mean_rank": change.rank,
            "over": None if change.over is None else float(moment[change.over - 1]),
        }


def overview(log: PredictionLog, stream: Stream, learned: LearnedFigures | None, *, latest: int = LATEST) -> Overview:
    """Read one stream: its baseline and its latest predictions."""
    logged = log.read(stream, latest)
    changes = drift.all_changes(logged.figures, logged.digit)
    return Overview(stream, logged, changes, _stability(logged, learned) if learned else {}, learned)


def _stability(logged: Logged, learned: LearnedFigures) -> dict[str, tuple[float, float]]:
    def index(name: str, part: slice) -> float:
        return drift.stability_index(logged.figures[name][part], logged.digit[part], learned.deciles[name])

    if len(logged) < RECENT:
        return {}
    return {name: (index(name, slice(0, -RECENT)), index(name, slice(-RECENT, None))) for name in logged.figures}


def _local(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Seconds of UTC → what a clock on the wall shows, in seconds since `EPOCH`."""
    return np.array([(datetime.fromtimestamp(each) - EPOCH).total_seconds() for each in at.tolist()])


def _accuracy(logged: Logged, part: slice) -> Accuracy:
    judged = np.flatnonzero(logged.label >= 0)[part]
    return Accuracy(int((logged.label[judged] == logged.digit[judged]).sum()), len(judged))
