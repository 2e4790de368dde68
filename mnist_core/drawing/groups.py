"""Strokes of several digits → the strokes of each."""

import numpy as np

from mnist_core.drawing.strokes import Strokes

TOUCHING = 0.08
"""How far neighbouring digits may reach into each other, as a share of the drawing's height."""


def side_by_side(strokes: Strokes) -> list[Strokes]:
    """The groups of strokes that stand beside each other, from left to right.

    Strokes that lie above each other are of one group, such as the roof and the stem of a 5.
    """
    drawn = sorted((stroke for stroke in strokes if stroke), key=lambda stroke: min(x for x, _ in stroke))
    if not drawn:
        return []
    height = float(np.ptp([y for stroke in drawn for _, y in stroke]))
    groups: list[Strokes] = []
    right = -np.inf
    for stroke in drawn:
        xs = [x for x, _ in stroke]
        if min(xs) > right - TOUCHING * height:
            groups.append([])
        groups[-1].append(stroke)
        right = max(right, *xs)
    return groups
