"""The drawings that a fine-tuning learns, the weights that it starts from, and the drawings that judge it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

PARTS_OF_FEW, PARTS_OF_MANY = 3, 2
MANY = 30
"""From this count on, half of the drawings are enough to learn from while the other half judges."""
FEWEST_JUDGED = 10

Indices = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class FineTuningSet:
    """The drawings that a fine-tuning learns, and the initial weights."""

    initial: Model
    """The model whose weights it starts from."""
    drawings: list[Drawing]
    given: int
    """How many of the drawings, the first ones, were given now; the others are earlier ones."""
    missing: int = 0
    """How many earlier drawings should have been included, but are no longer on this machine."""


def prepare(workspace: Workspace, base: Model, given: list[Drawing], *, include_earlier: bool) -> FineTuningSet:
    """Start from the weights of the first model that was tuned and learn all drawings: many small tunings do not drift.

    If earlier drawings to include are no longer on this machine, the fine-tuning starts from `base` itself, whose
    weights still know them. Of drawings with the same content the last one counts, because its label is the newest.

    Args:
        include_earlier: whether to include earlier drawings that are not given.
    """
    new = {drawing.sha256: drawing for drawing in given}
    registry = Registry(workspace)
    learned = registry.learned(base.id).learned
    if not learned or base.card.kind == "federated":  # clients keep their drawings
        return FineTuningSet(base, list(new.values()), len(new))
    earlier = (
        [each for each in _learned_in(workspace, base, learned) if each.sha256 not in new] if include_earlier else []
    )
    missing = len(learned - {each.sha256 for each in earlier} - set(new)) if include_earlier else 0
    initial = registry.get(base.card.initial_weights) if base.card.initial_weights and not missing else base
    return FineTuningSet(initial, [*new.values(), *earlier], len(new), missing)


def root(workspace: Workspace, model: Model) -> Model:
    """The root: the first model of the lineage of `model`, whose knowledge must not be forgotten."""
    line = Registry(workspace).lineage(model)
    return next((each for each in line if each.card.kind != "fine-tuned"), line[-1])


def _learned_in(workspace: Workspace, model: Model, learned: frozenset[str]) -> list[Drawing]:
    """The fine-tuning set that `model` was made from, as far as it is still there."""
    places = [model.drawings]
    if model.card.run is not None:  # an earlier version left them there only
        places.append(Run.at(workspace, model.card.run).fine_tuning_set)
    for path in places:
        with suppress(InputError):  # missing or damaged
            drawings = file_formats.labelled(file_formats.read(path, bounded=False), path.name)
            return [each for each in drawings if each.sha256 in learned]
    return []


def quarters(labels: npt.NDArray[np.uint8]) -> Iterator[tuple[Indices, Indices]]:
    """(train, test) indices of two networks that learn a quarter each, of every digit as far as there are enough."""
    order = np.argsort(labels, kind="stable")
    quarter = np.arange(len(order)) % 4
    for number in (0, 2):
        yield order[quarter == number], order[quarter != number]


def parts(labels: npt.NDArray[np.uint8]) -> Iterator[tuple[Indices, Indices]]:
    """(train, test) indices such that each drawing is in one test part: cross-validation.

    Each part holds a share of every digit, as far as there are enough.
    """
    order = np.argsort(labels, kind="stable")
    count = _parts_of(len(labels))
    part = np.arange(len(order)) % count
    for number in range(count):
        yield order[part != number], order[part == number]


def _parts_of(count: int) -> int:
    return min(PARTS_OF_FEW if count < MANY else PARTS_OF_MANY, count)


def learned_of(count: int) -> int:
    """How many of this number of drawings each network of the cross-validation learns."""
    return round(count * (1 - 1 / _parts_of(count)))


def comparison(
    workspace: Workspace, base: Model, tuning_set: FineTuningSet, judged: list[Drawing]
) -> tuple[npt.NDArray[np.bool_], Model]:
    """Which of the judged drawings count, and the model whose predictions of them are "before".

    Predictions of drawings that a model has learned prove nothing. So only drawings that are new to the base count. If
    those are too few, "before" is the model that provides the initial weights. If that has learned all of them as well,
    none counts.
    """
    registry = Registry(workspace)
    fresh = _new_to(registry, base, judged)
    if fresh.sum() >= min(FEWEST_JUDGED, len(judged)):
        return fresh, base
    return _new_to(registry, tuning_set.initial, judged), tuning_set.initial


def _new_to(registry: Registry, model: Model, drawings: list[Drawing]) -> npt.NDArray[np.bool_]:
    """Which of the drawings the model has not learned."""
    learned = registry.learned(model.id).learned
    return np.array([drawing.sha256 not in learned for drawing in drawings], bool)
