"""The models: files, cards, lineage, and which one is active."""

import errno
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mnist_core.common import database
from mnist_core.common.database import transaction
from mnist_core.common.errors import InputError, StorageError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig
from mnist_core.models.card import Card
from mnist_core.models.input_form import Inputs
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry, shipped
from tests.models.files import copy_shipped


def card(name: str = "mine", **more: Any) -> Card:
    values: dict[str, Any] = {"name": name, "kind": "trained", "architecture": "mlp", "parameters": 5, "created": ""}
    return Card(**{**values, **more})


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


def names(registry: Registry) -> list[str]:
    return [model.name for model in registry.all()]


def test_the_shipped_model_is_always_there(registry: Registry) -> None:
    """It is listed, active until another is chosen, and can be found by id and name."""
    assert registry.all() == [shipped()]
    assert registry.active() == registry.get(SHIPPED) == registry.find("") == registry.find(shipped().name)
    assert shipped().keras.is_file()
    assert shipped().onnx.stat().st_size < 2_000_000


def test_a_model_is_added_with_its_files_and_card(registry: Registry, workspace: Workspace) -> None:
    """It is found by id and by name; its card lies beside it."""
    model = registry.add(card(figures={"test_accuracy": 0.5}), copy_shipped)
    assert registry.get(model.id) == registry.find("mine") == registry.find(model.id) == registry.all()[0] == model
    assert model.keras.read_bytes() == shipped().keras.read_bytes()
    assert model.bytes == shipped().bytes
    stored = json.loads((workspace.models / model.id / "card.json").read_text())
    assert Card.of(stored, "card.json") == model.card == card(figures={"test_accuracy": 0.5})


def test_a_model_whose_files_fail_is_not_there(registry: Registry, workspace: Workspace) -> None:
    """Neither in the list nor on the disk."""

    def fail(folder: Path) -> None:
        copy_shipped(folder)
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(StorageError, match="The disk is full"):
        registry.add(card(), fail)
    assert names(registry) == [shipped().name]
    assert not list(workspace.models.iterdir())


def test_a_taken_name_gets_a_number(registry: Registry) -> None:
    """Also on renaming; a model's own name is not in its way; a deleted one's is free."""
    first, second, third = (registry.add(card(), copy_shipped) for _ in range(3))
    assert [first.name, second.name, third.name] == ["mine", "mine (2)", "mine (3)"]
    registry.rename(third.id, "mine")
    assert registry.get(third.id).name == "mine (3)"
    registry.rename(first.id, "mine")
    assert registry.get(first.id).name == "mine"
    registry.delete(first.id)
    registry.rename(third.id, "mine")
    assert registry.get(third.id).name == "mine"


def test_a_restored_model_s_name_is_its_own(registry: Registry) -> None:
    """Taken meanwhile, it gets a number; so does one named like the shipped model."""
    first = registry.add(card(), copy_shipped)
    registry.delete(first.id)
    second = registry.add(card(), copy_shipped)
    registry.restore(first.id)
    assert names(registry) == [second.name, "mine (2)", shipped().name]
    assert registry.add(card(shipped().name), copy_shipped).name == f"{shipped().name} (2)"


@pytest.mark.parametrize(
    "name",
    ["../../x", "CON", "a{b}", "x" * 100, "a\x00b", "\u202eright to left", "🐈", "'; DROP TABLE models; --", "[red]"],
)
def test_any_name_is_kept_as_it_is(name: str, registry: Registry, workspace: Workspace) -> None:
    """Names are shown, never used as paths."""
    model = registry.add(card(name), copy_shipped)
    assert registry.find(name).name == name
    assert [path.name for path in workspace.models.iterdir()] == [model.id]
    registry.rename(model.id, f" {name} "[:100])
    assert len(registry.all()) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_names_have_1_to_100_characters(name: str, registry: Registry) -> None:
    """Others are refused with a sentence."""
    model = registry.add(card(), copy_shipped)
    with pytest.raises(InputError, match="1 to 100"):
        registry.rename(model.id, name)


def test_the_shipped_model_stays_as_it_is(registry: Registry) -> None:
    """It can be neither renamed nor deleted."""
    with pytest.raises(InputError, match="cannot be renamed"):
        registry.rename(SHIPPED, "mine")
    with pytest.raises(InputError, match="cannot be deleted"):
        registry.delete(SHIPPED)


def test_loading_is_remembered(registry: Registry, workspace: Workspace) -> None:
    """By the workspace; deleting the active model activates the shipped one, restoring it brings it back."""
    model = registry.add(card(), copy_shipped)
    assert registry.activate(model.id) == model
    assert Registry(workspace).active() == model
    registry.delete(model.id)
    assert registry.active() == shipped()
    assert names(registry) == [shipped().name]
    registry.restore(model.id)
    assert registry.active() == model
    registry.activate(SHIPPED)
    assert registry.active() == shipped()


def test_loading_a_deleted_model_restores_it(registry: Registry) -> None:
    """So that the active model can always be seen; its name may get a number."""
    model = registry.add(card(), copy_shipped)
    registry.delete(model.id)
    registry.add(card(), copy_shipped)
    assert registry.activate(model.id).name == "mine (2)"
    assert registry.active().id == model.id
    assert len(registry.all()) == 3


def test_the_model_of_a_run_is_found(registry: Registry) -> None:
    """None where the run has none, or none any more."""
    model = registry.add(card(run="r"), copy_shipped)
    assert registry.of_run("r") == model
    assert registry.of_run("other") is None
    registry.delete(model.id)
    assert registry.of_run("r") is None


def test_a_run_registers_one_model(registry: Registry, workspace: Workspace) -> None:
    """Whoever tries again gets the first one, and leaves no folder; one that was deleted is back."""
    model = registry.add(card(run="r"), copy_shipped)
    assert Registry(workspace).add(card("again", run="r"), copy_shipped) == model
    registry.delete(model.id)
    assert Registry(workspace).add(card("again", run="r"), copy_shipped) == model
    assert registry.all() == [model, shipped()]
    assert [path.name for path in workspace.models.iterdir()] == [model.id]


def test_a_model_that_cannot_be_registered_leaves_no_folder(
    registry: Registry, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is locked for too long."""
    registry.add(card(), copy_shipped)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(workspace.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StudioError, match="locked"):
            registry.add(card(), copy_shipped)
    assert len(registry.all()) == 2
    assert len(list(workspace.models.iterdir())) == 1


def test_what_is_no_digit_model_is_shown_but_not_loaded(registry: Registry) -> None:
    """The message says why."""
    model = registry.add(card(usable=False), copy_shipped)
    assert names(registry) == ["mine", shipped().name]
    with pytest.raises(InputError, match=r"does not map \(28, 28\)"):
        registry.activate(model.id)


def test_lineage_goes_back_to_the_start(registry: Registry) -> None:
    """Also over a deleted ancestor; it ends at one that is not here."""
    parent = registry.add(card("parent", base=SHIPPED), copy_shipped)
    child = registry.add(card("child", base=parent.id), copy_shipped)
    registry.delete(parent.id)
    line: list[Model] = registry.lineage(child)
    assert [model.name for model in line] == ["child", "parent", shipped().name]
    stranger = registry.add(card("stranger", base="of another workspace"), copy_shipped)
    assert registry.lineage(stranger) == [stranger]


def test_what_a_model_has_learned_is_remembered(registry: Registry) -> None:
    """Apart from what was left out; what was given to an ancestor counts as seen, whether it was learned or not."""
    base = registry.add(card("base"), copy_shipped, Learned(learned=frozenset("ab"), left_out=frozenset("bc")))
    tuned = registry.add(card("tuned", base=base.id), copy_shipped, Learned(learned=frozenset("d")))
    assert registry.learned(base.id) == Learned(learned=frozenset("ab"), left_out=frozenset("c"))
    assert registry.learned(SHIPPED) == Learned()
    assert (registry.seen_along(base), registry.seen_along(tuned)) == (set("abc"), set("abcd"))


def test_unknown_models_are_named(registry: Registry) -> None:
    """With what there is."""
    with pytest.raises(InputError, match="'nope'"):
        registry.get("nope")
    with pytest.raises(InputError, match=f"no model 'nope'. Available: '{shipped().name[:5]}"):
        registry.find("nope")


def test_notes_are_kept(registry: Registry) -> None:
    """The user's own words about a model."""
    model = registry.add(card(), copy_shipped)
    registry.annotate(model.id, "good at sevens")
    assert registry.get(model.id).note == "good at sevens"


def test_what_cannot_be_read_can_be_deleted_and_restored(registry: Registry, workspace: Workspace) -> None:
    """By the command line, too, which names it among the deleted ones."""
    model = registry.add(card("torn"), lambda folder: None)
    with transaction(workspace) as connection:
        connection.execute("UPDATE models SET card = '{' WHERE id = ?", (model.id,))
    assert [each.name for each in registry.unreadable()] == ["torn"]
    registry.delete(model.id)
    assert (registry.unreadable(), [each.id for each in registry.unreadable(deleted=True)]) == ([], [model.id])
    assert registry.restore(model.id) == "torn"
    with pytest.raises(InputError, match="no model 'nobody'"):
        registry.restore("nobody")


def test_an_import_in_the_best_form_gets_other_advice(registry: Registry) -> None:
    """To choose a form cannot help when all were tried; lists show the accuracy."""
    inputs = Inputs(scale="x/255", inverted=False, right=142, count=1000, digits="mnist", best_of_all=True)
    model = registry.add(card(kind="imported", inputs=inputs), copy_shipped)
    assert "All forms of input were tried, and this is the best." in model.reads_badly
    assert "--input-scale" not in model.reads_badly
    assert f"models activate {model.id} --anyway" in model.reads_badly
    assert model.card.tested_or_tried == "14.2% at import"


def test_an_imported_model_that_reads_badly_needs_a_word(registry: Registry) -> None:
    """It never becomes active by itself."""
    inputs = Inputs(scale="x/255", inverted=False, right=250, count=1000, digits="mnist")
    model = registry.add(card(kind="imported", inputs=inputs), copy_shipped)
    with pytest.raises(InputError, match=r"It predicts 25\.0% .*--input-scale and --inverted.*--anyway"):
        registry.activate(model.id)
    assert registry.active() == shipped()
    assert registry.activate(model.id, anyway=True) == model == registry.active()


def test_the_training_of_a_model_is_that_of_its_nearest_ancestor(registry: Registry) -> None:
    """A compressed or fine-tuned model has none of its own."""
    root = registry.add(card(config=TrainConfig(seed=7)), copy_shipped)
    small = registry.add(card(kind="compressed", config=CompressConfig(), base=root.id), copy_shipped)
    tuned = registry.add(card(kind="fine-tuned", config=FineTuneConfig(), base=small.id), copy_shipped)
    assert registry.training_of(tuned) == registry.training_of(root) == TrainConfig(seed=7)
    assert registry.training_of(registry.add(card(kind="imported"), copy_shipped)) is None
