"""Whether the drawings have changed: each figure of the latest ones against those at the beginning.

The test takes the rank of each value among the baseline's values of the same digit. So neither the digits' shares nor
the figure's distribution matter. If nothing has changed, ranks are uniform. The mean rank of the last 40 to 200
predictions then has a known variance (the stratified Wilcoxon test of van Elteren 1960). All windows are tested every
`STEP` predictions. The threshold `ALARM` is high enough for all of these tests together (docs/monitor.md has the
figures). The beginning of the change is where it divides the predictions best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Digits = npt.NDArray[np.int64]

BASELINES = (100, 200, 400, 800, 1600)
"""Predictions at the beginning of the stream that are compared with. The baseline grows while nothing changes."""
WINDOWS = (40, 60, 80, 120, 160, 200)
STEP = 10
ALARM = 5.4
"""Standard deviations of the mean rank."""
OVER = 2.5
"""Below this, in the longest window, an alarm is over."""
SEARCHED = 400
"""Predictions before the alarm among which it looks for the beginning of the change."""
LEAST = 5
"""Predictions of a digit in the baseline without which the digit is not compared."""


@dataclass(frozen=True)
class Change:
    """One figure has changed."""

    figure: str
    up: bool
    """Whether its values have become larger."""
    since: int
    """The first prediction after the change, as far as can be told."""
    alarm: int
    """The prediction with which the alarm came."""
    rank: float
    """The mean rank since, 0 to 1, where 0.5 is unchanged."""
    over: int | None = None
    """The prediction with which the figure was back at its old values."""


@dataclass(frozen=True)
class _Ranks:
    """Cumulative sums, from which each window's mean rank follows."""

    ranks: Values
    """(N + 1,): of the centred ranks, -0.5 to 0.5."""
    counts: npt.NDArray[np.int64]
    """(N + 1, 10): of each digit's predictions that are compared."""
    baseline: npt.NDArray[np.int64]
    """(10,): of each digit's predictions in the baseline; those that are not compared have a count of 1."""

    @classmethod
    def of(cls, values: Values, digits: Digits, size: int) -> "_Ranks":
        centred, compared = np.zeros(len(values)), np.zeros((len(values), 10), np.int64)
        sizes = np.ones(10, np.int64)
        for digit in range(10):
            known = np.sort(values[:size][digits[:size] == digit])
            if len(known) < LEAST:
                continue
            own = np.flatnonzero(digits == digit)
            low, high = np.searchsorted(known, values[own], "left"), np.searchsorted(known, values[own], "right")
            centred[own] = (low + high) / (2 * len(known)) - 0.5
            compared[own, digit], sizes[digit] = 1, len(known)
        zero = np.zeros((1, 10), np.int64)
        return cls(np.concatenate([[0.0], centred.cumsum()]), np.concatenate([zero, compared.cumsum(axis=0)]), sizes)

    def scores(self, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Values:
        """The mean ranks of the predictions from `first` until before `last`, in standard deviations."""
        counts = self.counts[last] - self.counts[first]
        variance = (counts * (counts + self.baseline + 1) / (12 * self.baseline)).sum(axis=-1)
        scores: Values = (self.ranks[last] - self.ranks[first]) / np.sqrt(np.maximum(variance, 1e-9))
        return scores

    def mean(self, first: int, last: int) -> float:
        """The mean rank of the compared predictions from `first` until before `last`, 0 to 1."""
        compared = (self.counts[last] - self.counts[first]).sum()
        return float(0.5 + (self.ranks[last] - self.ranks[first]) / max(1, compared))


def changes(figure: str, values: Values, digits: Digits) -> list[Change]:
    """What has become of a figure, (N,), of predictions of these digits (N,), oldest first."""
    found: list[Change] = []
    position = 0
    for size, following in zip(BASELINES, [*BASELINES[1:], None], strict=True):
        # A baseline is used once it lies before all windows, so that a change is not learned with it.
        end = len(values) if following is None else min(len(values), following + max(WINDOWS))
        position = max(position, size + min(WINDOWS))
        if position > len(values):
            break
        ranks = _Ranks.of(values, digits, size)
        while (change := _first(figure, ranks, size, position, end)) is not None:
            end = len(values)  # a baseline does not grow after a change
            found.append(change)
            if change.over is None:
                return found
            position = change.over + STEP
        if found or end == len(values):
            break
        position = end
    return found


def _first(figure: str, ranks: _Ranks, size: int, position: int, end: int) -> Change | None:
    """The first change that a look at one of these positions finds."""
    looks = np.arange(position, end + 1, STEP)
    lengths = np.array(WINDOWS)
    starts = looks[:, None] - lengths
    scores = np.where(starts >= size, ranks.scores(np.maximum(starts, 0), looks[:, None] + 0 * lengths), 0.0)
    hits = np.flatnonzero((np.abs(scores) >= ALARM).any(axis=1))
    if not len(hits):
        return None
    alarm = int(looks[hits[0]])
    up = bool(scores[hits[0], np.abs(scores[hits[0]]).argmax()] > 0)
    begins = np.arange(max(size, alarm - SEARCHED), alarm - min(WINDOWS) // 2 + 1)
    since = int(begins[(ranks.scores(begins, np.full_like(begins, alarm)) * (1 if up else -1)).argmax()])
    last = len(ranks.ranks) - 1
    later = np.arange(alarm + max(WINDOWS), last + 1, STEP)
    back = np.flatnonzero(ranks.scores(later - max(WINDOWS), later) * (1 if up else -1) < OVER)
    over = int(later[back[0]]) if len(back) else None
    return Change(figure, up, since, alarm, ranks.mean(since, last if over is None else over), over)


def all_changes(figures: dict[str, Values], digits: Digits) -> list[Change]:
    """The changes of all figures, the first alarm first."""
    found = [change for name, values in figures.items() for change in changes(name, values, digits)]
    return sorted(found, key=lambda change: change.alarm)


def stability_index(values: Values, digits: Digits, deciles: Sequence[Sequence[float] | None]) -> float:
    """The population stability index (PSI) of a figure against another distribution, digit by digit.

    Args:
        values: (N,).
        digits: (N,).
        deciles: for each digit, the nine values between the tenths of the other distribution; None if unknown.

    Returns:
        0 for the same distribution. From 0.1 one speaks of a change, from 0.25 of a large one.
    """
    tenths = np.zeros(10)
    for digit, own in enumerate(deciles):
        chosen = values[digits == digit]
        if own is not None and len(chosen):
            # A value that is equal to several of the bounds is spread over the tenths between them.
            low, high = np.searchsorted(own, chosen, "left"), np.searchsorted(own, chosen, "right")
            for first, last in zip(low.tolist(), high.tolist(), strict=True):
                tenths[first : last + 1] += 1 / (last - first + 1)
    if not tenths.sum():
        return 0.0
    share = (tenths + 0.5) / (tenths + 0.5).sum()
    return float(((share - 0.1) * np.log(share / 0.1)).sum())
