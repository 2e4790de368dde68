"""The trials with each writer's drawings: how many, which ones, and which settings are changed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.collection.drawing import Drawing, images, labels
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor

FIRST, MISTAKES, ONE_IN = 50, 10, 10


@dataclass(frozen=True)
class Trial:
    """A name, which of a writer's drawings are taken, and which settings are changed."""

    name: str
    taken: Callable[[list[Drawing], Model], list[Drawing]]
    changes: dict[str, Any] = field(default_factory=dict)
    mnist_at_hand: bool = True
    naive: bool = False
    """Not the recipe, but what most tutorials do."""
    hand: Callable[[list[Drawing]], list[Drawing]] = list
    """All drawings of a writer → the same in another hand."""


def first(count: int) -> Callable[[list[Drawing], Model], list[Drawing]]:
    """The writer's first `count` drawings."""
    return lambda drawings, _: drawings[:count]


def mistakes(drawings: list[Drawing], base: Model) -> list[Drawing]:
    """The writer's first drawings that `base` misclassifies: a collection of people who never confirm predictions."""
    predictions = Predictor.of(base).logits(images(drawings)).argmax(axis=1)
    return [drawing for drawing, digit in zip(drawings, predictions, strict=True) if digit != drawing.label][:MISTAKES]


def wrong_labels(drawings: list[Drawing], _: Model) -> list[Drawing]:
    """The writer's first drawings, one in ten with a wrong label."""
    random = np.random.default_rng(len(drawings))
    taken = drawings[:FIRST]
    changed = set(random.choice(len(taken), len(taken) // ONE_IN, replace=False).tolist())
    return [
        replace(drawing, label=(label + int(random.integers(1, 10))) % 10) if n in changed else drawing
        for n, (drawing, label) in enumerate(zip(taken, labels(taken).tolist(), strict=True))
    ]


def slanted(drawings: list[Drawing]) -> list[Drawing]:
    """A writer's drawings in a hard hand: all of them turned by 22° to 34°, slanted and stretched alike.

    The writer's name decides how.
    """
    random = np.random.default_rng(list(str(drawings[0].writer).encode()))
    angle, slant = np.radians(random.uniform(22, 34)), random.uniform(0.3, 0.7)
    angle, slant = angle * random.choice([-1, 1]), slant * random.choice([-1, 1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    change = turn @ np.array([[1, -slant], [0, 1]]) @ np.diag([np.exp(random.uniform(-0.6, 0.6)), 1])
    return [
        each if each.strokes is None else replace(each, strokes=_changed(each.strokes, change)) for each in drawings
    ]


def _changed(strokes: Strokes, change: npt.NDArray[np.float64]) -> Strokes:
    return [[(x, y) for x, y in (np.asarray(stroke) @ change.T).tolist()] for stroke in strokes]


COUNTS = tuple(Trial(f"{count} drawings", first(count)) for count in (10, 25, 50, 100))
HARD = (
    Trial("mistakes only", mistakes),
    Trial("one label in ten wrong", wrong_labels),
    Trial("one label in ten wrong, all learned", wrong_labels, {"label_issues": "include"}),
    Trial("without MNIST", first(FIRST), mnist_at_hand=False),
)
SLANTED = tuple(Trial(f"{count} drawings, slanted", first(count), hand=slanted) for count in (50, 100))
CHANGES: dict[str, dict[str, Any]] = {
    "unchanged": {},
    "head only": {"trainable": "head"},
    "everything": {"trainable": "everything"},
    "all but the first layer": {"trainable": "everything", "frozen": "conv2d"},
    "each layer's step 0.7 of the next one's": {"layer_decay": 0.7},
    "without augmentation": {"augmentation_strength": 0.0},
    "without replay": {"replay": 0.0},
    "without replay, no limit on forgetting": {"replay": 0.0, "allowed_drop": 100.0},
}
OPTIONS = (
    *(Trial(name, first(FIRST), changes) for name, changes in CHANGES.items()),
    Trial("naive fine-tuning", first(FIRST), naive=True),
)
"""The ablation: the recipe with one setting changed."""
