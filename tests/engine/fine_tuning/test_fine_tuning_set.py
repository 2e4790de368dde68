"""The drawings that a fine-tuning learns, the weights that it starts from, and the drawings that judge it."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data import synthetic
from mnist_core.engine.fine_tuning.fine_tuning_set import (
    FEWEST_JUDGED,
    MANY,
    FineTuningSet,
    comparison,
    parts,
    prepare,
    root,
)
from mnist_core.engine.fine_tuning.outcome import warnings_of
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry, shipped


def written(count: int, *, seed: int = 0) -> list[Drawing]:
    """Synthetic drawings."""
    random = np.random.default_rng(seed)
    return [Drawing(n % 10, synthetic.write(n % 10, random), id=n + 1) for n in range(count)]


def tuned_on(workspace: Workspace, drawings: list[Drawing], *, initial: str | None = SHIPPED) -> Model:
    """A registered model that has learned these drawings, and the run that it came from."""
    registry = Registry(workspace)
    run = Run.create(workspace, f"run-{len(registry.all())}", "fine_tune", FineTuneConfig())
    run.learned.write_bytes(file_formats.to_jsonl(drawings))
    card = Card(
        name="tuned", kind="fine-tuned", architecture="cnn", parameters=1, created="", base=SHIPPED,
        initial_weights=initial, run=run.id,
    )  # fmt: skip
    return registry.add(card, lambda folder: None, Learned(learned=frozenset(each.sha256 for each in drawings)))


def test_a_model_that_was_never_tuned_is_the_start(workspace: Workspace) -> None:
    """It learns what is given."""
    tuning_set = prepare(workspace, shipped(), written(3), include_earlier=True)
    assert (tuning_set.initial, tuning_set.drawings, tuning_set.given) == (shipped(), written(3), 3)


def test_a_collection_is_learned_anew_from_the_first_model(workspace: Workspace) -> None:
    """What is missing from it was deleted and is excluded, however much that is."""
    drawings = written(6)
    tuning_set = prepare(workspace, tuned_on(workspace, drawings[:5]), drawings[4:], include_earlier=False)
    assert tuning_set.initial == shipped()
    assert tuning_set.drawings == drawings[4:]


def test_new_drawings_alone_bring_the_earlier_ones_back(workspace: Workspace) -> None:
    """Ten rounds with other drawings each: all of them are learned, from the first model, so nothing drifts."""
    first, second = written(4, seed=1), written(3, seed=2)
    tuning_set = prepare(workspace, tuned_on(workspace, first), second, include_earlier=True)
    assert tuning_set.initial == shipped()
    assert tuning_set.given == 3
    assert [each.sha256 for each in tuning_set.drawings] == [each.sha256 for each in [*second, *first]]


def test_a_correction_of_an_earlier_label_counts(workspace: Workspace) -> None:
    """A drawing that is given again, with another label, is not learned with its old one, too."""
    first = written(6, seed=1)
    again = [*written(3, seed=2), replace(first[0], label=9)]
    tuning_set = prepare(workspace, tuned_on(workspace, first), again, include_earlier=True)
    assert len(tuning_set.drawings) == 9
    assert [each.label for each in tuning_set.drawings if each.sha256 == first[0].sha256] == [9]


@pytest.mark.parametrize("content", [None, b"torn"])
def test_without_the_earlier_drawings_the_tuned_model_is_the_start(workspace: Workspace, content: bytes | None) -> None:
    """Its run was deleted or damaged: what it learned lives on in its weights only."""
    model = tuned_on(workspace, written(4, seed=1))
    assert model.card.run is not None
    path = Run.at(workspace, model.card.run).learned
    path.unlink() if content is None else path.write_bytes(content)
    tuning_set = prepare(workspace, model, written(3, seed=2), include_earlier=True)
    assert (tuning_set.initial, len(tuning_set.drawings), tuning_set.missing) == (model, 3, 4)
    assert "has learned 4 drawings that are not on this machine" in warnings_of(tuning_set, model)[0]


def test_the_earlier_drawings_lie_with_the_model(workspace: Workspace) -> None:
    """So its run may be deleted."""
    first, second = written(4, seed=1), written(3, seed=2)
    model = tuned_on(workspace, first)
    assert model.card.run is not None
    Run.at(workspace, model.card.run).learned.replace(model.drawings)
    tuning_set = prepare(workspace, model, second, include_earlier=True)
    assert (tuning_set.initial, len(tuning_set.drawings), tuning_set.missing) == (shipped(), 7, 0)
    assert warnings_of(tuning_set, model) == []


@pytest.mark.parametrize("count", [2, 3, 5, MANY, 101])
def test_cross_validation_judges_every_drawing_once(count: int) -> None:
    """However few there are, no drawing is judged by a model that learned it."""
    folds = list(parts((np.arange(count) % 7).astype(np.uint8)))
    assert sorted(int(index) for _, test in folds for index in test) == list(range(count))
    for train, test in folds:
        assert len(train)
        assert not set(train) & set(test)


def test_every_part_has_every_digit() -> None:
    """As far as there are enough of it."""
    labels = np.repeat(np.arange(10), 4).astype(np.uint8)
    for train, test in parts(labels):
        assert set(labels[train]) == set(labels[test]) == set(range(10))


def test_of_the_same_drawing_the_last_label_counts(workspace: Workspace) -> None:
    """So none is judged by a model that has learned its twin."""
    one, other = written(2)
    tuning_set = prepare(workspace, shipped(), [one, other, replace(one, label=7)], include_earlier=True)
    assert [each.label for each in tuning_set.drawings] == [7, 1]


def test_the_root_is_the_model_that_was_tuned_first(workspace: Workspace) -> None:
    """Not the one that its training had started from: that one may know less."""
    registry = Registry(workspace)
    card = Card(name="own", kind="trained", architecture="cnn", parameters=1, created="", base=SHIPPED)
    own = registry.add(card, lambda folder: None)
    tuned = registry.add(card.model_copy(update={"kind": "fine-tuned", "base": own.id}), lambda folder: None)
    assert root(workspace, tuned) == root(workspace, own) == own
    assert root(workspace, shipped()) == shipped()


def test_before_is_never_a_model_that_has_learned_the_drawings(workspace: Workspace) -> None:
    """Only drawings that are new to the base are judged; if these are too few, its own start is compared."""
    old, new = written(4, seed=1), written(FEWEST_JUDGED, seed=2)
    base = tuned_on(workspace, old)
    tuning_set = FineTuningSet(shipped(), [*old, *new], len(new))
    fresh, compared = comparison(workspace, base, tuning_set, [*old, *new])
    assert compared == base
    assert fresh.tolist() == [False] * 4 + [True] * FEWEST_JUDGED
    fresh, compared = comparison(workspace, base, tuning_set, [*old, *new[:2]])
    assert compared == shipped()
    assert fresh.all()
    assert not comparison(workspace, base, FineTuningSet(base, old, 4), old)[0].any()
