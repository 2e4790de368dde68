"""Strokes of several digits → the strokes of each."""

import numpy as np

from mnist_core.drawing.strokes import Strokes


def side_by_side(strokes: Strokes) -> list[Strokes]:
    """The groups of strokes with a gap between them, from left to right.

    Strokes that lie above each other are of one group, such as the roof and the stem of a 5.
    """
    drawn = sorted((stroke for stroke in strokes if stroke), key=lambda stroke: min(x for x, _ in stroke))
    if not drawn:
        return []
    groups: list[Strokes] = []
    right = -np.inf
    for stroke in drawn:
        xs = [x for x, _ in stroke]
        if min(xs) > right:
            groups.append([])
        groups[-1].append(stroke)
        right = max(right, *xs)
    return groups
