"""The Models page: what a person does with models, on a real registry."""

import os
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.database import transaction
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.models.card import Shapes
from mnist_core.models.input_form import Inputs
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry
from tests.conftest import ROOT
from tests.pages.app import button, draw, open_page, texts

KERAS = ROOT / "mnist_core" / "assets" / "shipped" / "model.keras"


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


def add(registry: Registry, name: str, base: Model, *, usable: bool = True) -> Model:
    """A copy of `base`, as if it had been made of it."""
    changes: dict[str, object] = {"name": name, "base": base.id, "run": None}
    if not usable:
        changes["usable"], changes["shapes"] = False, Shapes(input_shape=(None, 32, 32), output_shape=(None, 7))
    card = base.card.model_copy(update=changes)
    return registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)])


def opened(app: AppTest, model: Model) -> AppTest:
    """The page, with this model selected."""
    app.session_state["models.chosen"] = [model.id]
    page = open_page(app, "models")
    assert not page.exception
    assert f"## {model.name}" in texts(page)
    return page


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def test_a_model_is_activated_and_the_one_before_it_comes_back(app: AppTest, registry: Registry) -> None:
    """By one button each: activate the new one, roll back to its base."""
    base = registry.active()
    made = add(registry, "mine", base)
    page = opened(app, made)
    button(page, "Activate").click().run()
    assert registry.active() == made
    assert "Activate" not in labels(page)
    assert "Lineage" in texts(page)
    button(page, "Roll back to it").click().run()
    assert registry.active() == base
    assert "Roll back to it" not in labels(page)


def test_a_deleted_model_can_be_restored(app: AppTest, registry: Registry) -> None:
    """Until another one is deleted; the active one's place is taken by the shipped one."""
    made = add(registry, "mine", registry.active())
    registry.activate(made.id)
    page = opened(app, made)
    button(page, "Delete").click().run()
    assert [model.id for model in registry.all()] == [SHIPPED]
    assert registry.active().id == SHIPPED
    assert labels(page).index("Restore mine") < labels(page).index("Make and check all files"), "it is seen at once"
    button(page, "Restore mine").click().run()
    assert made.id in [model.id for model in registry.all()]
    assert not any("Restore" in label for label in labels(page))
    assert not page.exception


def test_a_model_is_renamed_and_annotated(app: AppTest, registry: Registry) -> None:
    """What is typed is stored; an unusable name is refused and said so."""
    made = add(registry, "mine", registry.active())
    page = opened(app, made)
    page.text_input(key=f"name-{made.id}").input("the better one").run()
    page.text_input(key=f"note-{made.id}").input("for a try").run()
    stored = registry.get(made.id)
    assert (stored.name, stored.note) == ("the better one", "for a try")
    page.text_input(key=f"name-{made.id}").input("   ").run()
    assert ["1 to 100 visible characters" in toast.value for toast in page.toast] == [True]
    assert registry.get(made.id).name == "the better one"
    assert not page.exception


@pytest.mark.parametrize("own", [True, False], ids=["own", "shipped"])
def test_the_shipped_model_is_neither_deleted_nor_renamed(own: bool, app: AppTest, registry: Registry) -> None:
    """It lacks the button and the fields that another model has for that."""
    page = opened(app, add(registry, "mine", registry.active()) if own else registry.get(SHIPPED))
    assert ("Delete" in labels(page)) == own
    assert len(page.text_input) == 2 * own


def test_a_model_for_other_images_can_be_kept_only(app: AppTest, registry: Registry) -> None:
    """It says what it takes and gives, and cannot be activated."""
    page = opened(app, add(registry, "sevens", registry.active(), usable=False))
    assert "takes (N, 32, 32) and gives (N, 7)" in texts(page)
    assert button(page, "Activate").disabled


def test_a_model_file_is_imported(app: AppTest, registry: Registry) -> None:
    """It is opened in a process of its own, and is listed under its file's name."""
    page = open_page(app, "models")
    page.file_uploader(key="model-file").upload("from elsewhere.keras", KERAS.read_bytes()).run()
    button(page, "Import").click().run()
    assert not page.exception
    assert not page.error
    assert [model.name for model in registry.all() if model.id != SHIPPED] == ["from elsewhere"]
    assert "## from elsewhere" in texts(page), "it is selected"
    assert [each.value.replace("\\", "") for each in page.success] == ["from elsewhere was added."]


def test_a_file_that_is_no_model_is_refused(app: AppTest, registry: Registry) -> None:
    """With a sentence; nothing is added."""
    page = open_page(app, "models")
    page.file_uploader(key="model-file").upload("m.keras", b"no model").run()
    button(page, "Import").click().run()
    assert any("is damaged or is not a model file" in error.value.replace("\\", "") for error in page.error)
    assert [model.id for model in registry.all()] == [SHIPPED]


def test_a_model_without_an_onnx_file_says_how_to_make_it(
    app: AppTest, registry: Registry, workspace: Workspace
) -> None:
    """By a button, and why that has failed; it cannot be exported as .onnx."""
    made = registry.add(
        registry.active().card.model_copy(update={"name": "mine"}),
        lambda folder: [shutil.copy(KERAS, folder)],
    )
    page = opened(app, made)
    assert "Make the file on the Models page." in texts(page)
    button(page, "Make the ONNX file").click().run()
    assert not page.exception
    assert "Queued…" in texts(page)
    assert "Make the ONNX file" not in labels(page)
    jobs = Jobs(workspace)
    (job,) = jobs.page(limit=5, kinds=("make_onnx",))
    assert jobs.claim_next(Process.of(os.getpid())) is not None
    jobs.set_state(job.id, "failed", "It *differs*.")
    page = opened(app, made)
    assert "It *differs*." in texts(page)
    assert "Make the ONNX file" in labels(page)
    assert [each.proto.label for each in page.get("download_button")] == ["Export .keras", "Export .zip"]


def test_a_deleted_model_is_deleted_for_good(app: AppTest, registry: Registry, workspace: Workspace) -> None:
    """After a look at what that means: the space that it frees, and the drawings that nobody else has."""
    base = registry.active()
    card = base.card.model_copy(update={"name": "mine", "base": base.id})
    learned = Learned(learned=frozenset({"one", "two"}))
    made = registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)], learned)
    page = opened(app, made)
    assert "Delete for good" not in texts(page)
    button(page, "Delete").click().run()
    said = texts(page)
    assert "It was fine-tuned on 2 drawings that are not in your collection, which will be lost as well." in said
    size = next(label for label in labels(page) if label.startswith("Delete and free "))
    button(page, size).click().run()
    assert not page.exception
    assert registry.deleted() == []
    assert not made.folder.exists()
    assert not [label for label in labels(page) if label.startswith(("Delete and free", "Restore"))]


def test_what_another_model_needs_is_not_deleted_for_good(app: AppTest, registry: Registry) -> None:
    """The page says who needs it, and offers to restore it."""
    first = add(registry, "first", registry.active())
    add(registry, "second", first)
    registry.delete(first.id)
    page = open_page(app, "models")
    assert "first cannot be deleted for good because others depend on it: second" in texts(page)
    assert not [label for label in labels(page) if label.startswith("Delete and free")]
    button(page, "Restore").click().run()
    assert first.id in [model.id for model in registry.all()]


def test_a_damaged_model_is_deleted_for_good(app: AppTest, registry: Registry, workspace: Workspace) -> None:
    """It is hidden first, as any other."""
    made = add(registry, "torn", registry.active())
    with transaction(workspace) as connection:
        connection.execute("UPDATE models SET card = '{' WHERE id = ?", (made.id,))
    page = open_page(app, "models")
    button(page, "Delete").click().run()
    button(page, next(label for label in labels(page) if label.startswith("Delete and free "))).click().run()
    assert registry.unreadable(deleted=True) == []
    assert not made.folder.exists()


def test_draw_says_that_the_active_model_has_no_onnx_file(app: AppTest, registry: Registry) -> None:
    """It has got lost: a sentence where the prediction would be; the canvas stays."""
    made = add(registry, "mine", registry.active())
    registry.activate(made.id)
    made.onnx.unlink()
    page = open_page(app, "draw")
    assert not page.exception
    draw(page, 3)
    page.run()
    assert not page.exception
    said = "\n".join(str(each.value) for each in page.error).replace("\\", "")
    assert "Make the file on the Models page." in said


def test_a_model_with_a_missing_file_is_shown_as_damaged(app: AppTest, registry: Registry) -> None:
    """In the table and, with what to do, in its card; it cannot be activated, and the others stay as they are."""
    good, broken = add(registry, "good", registry.active()), add(registry, "broken", registry.active())
    broken.onnx.unlink()
    page = opened(app, broken)
    kinds = dict(zip(page.dataframe[0].value["Name"], page.dataframe[0].value["Kind"], strict=True))
    assert kinds[broken.name] == f"{broken.card.kind}, damaged"
    assert kinds[good.name] == good.card.kind
    assert "has no ONNX file" in texts(page)
    assert button(page, "Activate").disabled


def imported(registry: Registry, **changes: object) -> Model:
    """A copy of the shipped model, as if it had been imported."""
    base = registry.active()
    card = base.card.model_copy(update={"name": "foreign", "kind": "imported", "run": None, **changes})
    return registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)])


def test_a_model_that_reads_badly_needs_a_yes(app: AppTest, registry: Registry) -> None:
    """The page says what was found, and asks before it activates the model."""
    inputs = Inputs(scale="x/255", inverted=True, right=250, count=1000, digits="mnist")
    model = imported(registry, inputs=inputs)
    page = opened(app, model)
    assert "It predicts 25.0% of 1,000 MNIST training images correctly with inputs x/255, dark digits" in texts(page)
    assert "Import it again and choose the form of its input." in texts(page)
    assert button(page, "Activate").disabled
    next(each for each in page.checkbox if each.label == "Activate it all the same").check().run()
    button(page, "Activate").click().run()
    assert registry.active() == model
    assert not page.exception


def test_a_model_of_an_onnx_file_says_what_it_cannot_do(app: AppTest, registry: Registry, workspace: Workspace) -> None:
    """It is not damaged; the Fine-tune page does not offer it."""
    model = imported(registry, predicts_only=True)
    page = opened(app, model)
    assert "It can predict, but it cannot be fine-tuned." in texts(page)
    assert "damaged" not in texts(page)
    button(page, "Activate").click().run()
    for number in range(3):
        DrawingStore(workspace).add_new([Drawing(number, [[(0.0, 0.0), (1.0, float(number))]])])
    page = page.switch_page("pages/fine_tune.py").run()
    assert "It can predict, but it cannot be fine-tuned." in texts(page)
    assert not [each for each in page.button if each.label.startswith("Fine-tune on")]
