"""Drawings of single digits → numbers, as if somebody had written the digits beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.drawing.strokes import Points, Strokes

GAPS = (-0.05, 0.4)
"""The usual range of the gaps between two digits, as a share of the digits' mean width."""
UP_AND_DOWN = 0.05
"""How far a digit lies above or below the line, as a share of its height."""
FLATTEST = 0.3
"""A flatter drawing (a dash) counts as this share of its width high."""


@dataclass(frozen=True)
class Written:
    """A number that was put together."""

    strokes: Strokes
    """In the order of writing; a digit is one unit high."""
    owners: tuple[int, ...]
    """For each stroke, the place of its digit in the number."""


def put_together(
    digits: Sequence[Strokes],
    rng: np.random.Generator,
    *,
    smallest: float = 1.0,
    delayed: float = 0.0,
    gaps: tuple[float, float] = GAPS,
) -> Written:
    """Write digits beside each other, all of one height, with the gaps and places that `rng` draws.

    Args:
        digits: two or more drawings in any unit, from left to right.
        smallest: the least height of a digit; 1.0 for an even line.
        delayed: the probability that the last stroke of a digit is written after the next digit, or at the end.
        gaps: the range of the gaps between two digits, as a share of the digits' mean width.
    """
    scaled = [_one_high(strokes) for strokes in digits]
    heights = rng.uniform(smallest, 1.0, len(scaled))
    scaled = [[stroke * height for stroke in strokes] for strokes, height in zip(scaled, heights, strict=True)]
    widths = [max(float(stroke[:, 0].max()) for stroke in strokes) for strokes in scaled]
    apart = rng.uniform(*gaps, len(scaled)) * np.mean(widths)
    lefts = np.concatenate([[0.0], np.cumsum(widths + apart)[:-1]])
    lows = rng.uniform(-UP_AND_DOWN, UP_AND_DOWN, len(scaled)) + rng.uniform(0, 1, len(scaled)) * (1 - heights)
    strokes: Strokes = []
    owners: list[int] = []
    for place, (own, left, low) in enumerate(zip(scaled, lefts, lows, strict=True)):
        for stroke in own:
            strokes.append([(x, y) for x, y in (stroke + np.array([left, low])).tolist()])
            owners.append(place)
    order = _order(owners, rng, delayed)
    return Written([strokes[each] for each in order], tuple(owners[each] for each in order))


def _one_high(strokes: Strokes) -> list[Points]:
    paths = [np.asarray(stroke, np.float64) for stroke in strokes]
    points = np.concatenate(paths)
    width, height = np.ptp(points, axis=0)
    return [(path - points.min(axis=0)) / max(height, FLATTEST * width, 1e-9) for path in paths]


def _order(owners: Sequence[int], rng: np.random.Generator, delayed: float) -> list[int]:
    """The order of writing, in which some last strokes of digits come late."""
    order = [*range(len(owners))]
    for number, owner in enumerate(owners):
        last = number == len(owners) - 1 or owners[number + 1] != owner
        if owner < owners[-1] and last and owners.count(owner) > 1 and rng.random() < delayed:
            after = owner + 1 if rng.random() < 0.5 else owners[-1]
            order.remove(number)
            order.insert(1 + max(order.index(each) for each in order if owners[each] == after), number)
    return order
