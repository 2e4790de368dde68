"""What a fine-tuning learns, from where, and by which drawings it is judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core import exchange
from mnist_core.drawings import Drawing
from mnist_core.errors import InputError
from mnist_core.registry import Model, Registry
from mnist_core.runs import Run
from mnist_core.workspace import Workspace

PARTS_OF_FEW, PARTS_OF_MANY = 3, 2
MANY = 30
"""From here on half of the drawings are enough to learn from while the other half judges."""
FEWEST_JUDGED = 10

Indices = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Lesson:
    """The model to start from, the drawings to learn, and how many of them, the first, were given now."""

    start: Model
    drawings: list[Drawing]
    given: int


def prepare(workspace: Workspace, base: Model, given: list[Drawing]) -> Lesson:
    """Start from the model that was tuned first, and learn all drawings again: many small tunings do not drift.

    If most of what `base` has learned is among the given drawings, they are the whole collection: what is missing
    from it was deleted, and is unlearned. Otherwise they are new ones, and the earlier ones are learned with them; if
    those are not on this machine any more, the start is `base` itself.
    """
    if not base.learned:
        return Lesson(base, given, len(given))
    known = {drawing.sha256 for drawing in given}
    whole = 2 * len(base.learned & known) >= len(base.learned)
    earlier = [] if whole else [each for each in _learned_in(workspace, base) if each.sha256 not in known]
    origin = Registry(workspace).get(base.card.origin) if base.card.origin else base
    complete = whole or len({each.sha256 for each in earlier} | known) >= len(base.learned | known)
    return Lesson(origin if complete else base, [*given, *earlier], len(given))


def _learned_in(workspace: Workspace, model: Model) -> list[Drawing]:
    """The drawings of the run that made `model`, as far as they are still there."""
    if model.card.run is None or not (path := Run.at(workspace, model.card.run).drawings).exists():
        return []
    try:
        return [each for each in exchange.labelled(exchange.read(path), path.name) if each.sha256 in model.learned]
    except InputError:
        return []


def parts(labels: npt.NDArray[np.uint8]) -> Iterator[tuple[Indices, Indices]]:
    """(train, test) indices such that each drawing is in one test part: cross-validation.

    Each part holds a share of every digit, as far as there are enough.
    """
    order = np.argsort(labels, kind="stable")
    count = min(PARTS_OF_FEW if len(labels) < MANY else PARTS_OF_MANY, len(labels))
    part = np.arange(len(order)) % count
    for number in range(count):
        yield order[part != number], order[part == number]


def comparison(base: Model, start: Model, judged: list[Drawing]) -> tuple[npt.NDArray[np.bool_], Model]:
    """Which of the judged drawings count, and the model whose readings of them are "before".

    A model has learned some drawings by heart; its readings of those say nothing. So only drawings that are new
    to the base count, or, where those are too few, it is the model from which the tuning started that is compared.
    """
    for model, least in ((base, min(FEWEST_JUDGED, len(judged))), (start, 1)):
        fresh = np.array([drawing.sha256 not in model.learned for drawing in judged])
        if fresh.sum() >= least:
            return fresh, model
    return np.ones(len(judged), bool), start
