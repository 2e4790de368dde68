"""Strokes of several digits → the strokes of each, as a network sees them."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from mnist_core.drawing.segmentation import Candidates, around, boxes_of, is_speck
from mnist_core.drawing.strokes import Gray, Strokes, rasterize
from mnist_core.evaluation.outputs import NO_DIGIT, Outputs

MOST_STROKES = 100
"""A drawing of more strokes is not divided."""
NO_DIGIT_COST = 1.5
"""Subtracted from the log-probability of "not a digit": a group that is none counts, but less than a digit."""

Groups = list[list[int]]
"""For each digit, from left to right, the indices of its strokes in ascending order."""


def divide(
    drawings: Sequence[Strokes], outputs: Callable[[Gray], Outputs], digit_threshold: float | None
) -> list[Groups]:
    """For each drawing, the strokes of its digits; one group of all strokes if it is one digit, or too much.

    A speck belongs to the digit that it lies in, or to none.

    Args:
        outputs: the network: (N, 28, 28) uint8 → its outputs.
        digit_threshold: see `Predictor`.
    """
    divisions = [_Division(strokes) for strokes in drawings]
    images = [image for each in divisions for image in each.images]
    if not images:
        return [each.whole for each in divisions]
    scores = digit_scores(outputs(np.stack(images)), digit_threshold)
    ends = np.cumsum([len(each.images) for each in divisions])
    return [each.best(part) for each, part in zip(divisions, np.split(scores, ends[:-1]), strict=True)]


def digit_scores(
    outputs: Outputs, digit_threshold: float | None, *, no_digit_cost: float = NO_DIGIT_COST
) -> npt.NDArray[np.float64]:
    """(N,): for each image the log-probability of its digit, or of "not a digit" at a cost if that is more."""
    logits = outputs.with_no_digit
    if outputs.scores is None:  # an image whose energy is at the threshold is a digit as likely as not
        none = -np.inf if digit_threshold is None else digit_threshold
        logits = np.column_stack([logits, np.full(len(logits), none)])
    found = log_softmax(logits.astype(np.float64), axis=1)
    scores: npt.NDArray[np.float64] = np.maximum(
        found[:, :NO_DIGIT].max(axis=1, initial=-np.inf), found[:, NO_DIGIT] - no_digit_cost
    )
    return scores


class _Division:
    """One drawing's candidates and their images; none if it cannot be several digits."""

    def __init__(self, strokes: Strokes) -> None:
        drawn = [number for number, stroke in enumerate(strokes) if stroke]
        self.whole: Groups = [drawn] if drawn else []
        self.images: list[Gray] = []
        if not 2 <= len(drawn) <= MOST_STROKES:
            return
        boxes = boxes_of([strokes[each] for each in drawn])
        specks = is_speck(boxes)
        self._boxes = dict(zip(drawn, boxes, strict=True))
        self._specks, self._pieces = (
            [each for each, small in zip(drawn, specks, strict=True) if small == wanted] for wanted in (True, False)
        )
        if len(self._pieces) < 2:
            return
        self._candidates = Candidates(boxes[~specks])
        groups = [[self._pieces[each] for each in group] for group in self._candidates.groups]
        self._groups = groups
        self.images = [rasterize([strokes[each] for each in group]) for group in groups]

    def best(self, scores: npt.NDArray[np.float64]) -> Groups:
        """The best division by the candidates' scores."""
        chosen = self._candidates.best(scores.tolist()) if self.images else []
        if len(chosen) < 2:
            return self.whole
        groups = [self._groups[each] for each in chosen]
        for speck in self._specks:
            if home := next((group for group in groups if self._lies_in(speck, group)), None):
                home.append(speck)
        return [sorted(group) for group in groups]

    def _lies_in(self, speck: int, group: list[int]) -> bool:
        left, top, right, bottom = around(np.stack([self._boxes[each] for each in group]))
        x, y = (self._boxes[speck][:2] + self._boxes[speck][2:]) / 2
        return bool(left <= x <= right and top <= y <= bottom)
