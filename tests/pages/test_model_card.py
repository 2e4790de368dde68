"""A model's card on the Models page, for each kind of model."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.jobs import points
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card, Figures, FineTuningData, Source
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry
from tests.pages.app import open_page, texts
from tests.pages.compressed import has_compressed


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


def add(registry: Registry, card: Card) -> Model:
    """A model with this card and the shipped model's files."""
    files = registry.get(SHIPPED)
    return registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (files.keras, files.onnx)])


def tuned(base: Model, name: str, **changes: object) -> Card:
    """The card of a model that the app has fine-tuned."""
    return Card(
        name=name,
        kind="fine-tuned",
        architecture="cnn",
        parameters=151_466,
        created="2026-11-26T20:00:00+00:00",
        config=FineTuneConfig(model=base.id, include_earlier=False),
        fine_tuning_data=FineTuningData(learned=24, left_out=2, replayed="mnist"),
        figures=Figures(test_accuracy=0.995, drawings_before=0.8, drawings_after=0.9),
        base=base.id,
    ).model_copy(update=changes)


def opened(app: AppTest, model: Model) -> AppTest:
    """The page, with this model's card."""
    app.session_state["models.chosen"] = [model.id]
    page = open_page(app, "models")
    assert not page.exception
    return page


def rows(page: AppTest) -> list[list[str]]:
    """The table of settings, as Markdown would show it."""
    return [[str(cell).replace("\\", "") for cell in row] for row in page.table[0].value.to_numpy().tolist()]


def test_a_trained_model(app: AppTest, registry: Registry) -> None:
    """Accuracy with its interval, data in words, chosen settings by their labels, and the command that trains it."""
    page = opened(app, registry.get(SHIPPED))
    assert [(each.label, each.value) for each in page.metric] == [
        ("Test accuracy", "99.61%"), ("Architecture", "deep"), ("Parameters", "338,603"),
    ]  # fmt: skip
    said = texts(page)
    assert "It predicts 9,961 of 10,000 test images correctly." in said
    assert "confidence interval of the test accuracy is 99.47% to 99.71%." in said
    assert "Its probabilities differ from the share of correct predictions by 0.11 percentage points" in said
    assert "It refuses 99.1% of the held-out non-digits of its training." in said
    assert "Trained on **MNIST**: 80,541 images. 16,000 of them are synthetic." in said
    assert "It also learned the drawings in unipen-digits.jsonl.gz." in said
    assert "It learned to refuse 16,794 non-digits." in said
    assert "Kind: **shipped**. Created: 2026-11-2" in said
    assert ["Synthetic samples", "16000", "0"] in rows(page)
    assert ["Architecture", "deep", "cnn"] in rows(page)
    (command,) = page.code[0].value.splitlines()
    assert command.startswith("mnist-studio train ")


def test_a_model_that_started_from_another_one(app: AppTest, registry: Registry) -> None:
    """The command that trains that one comes first, because it may not be on this machine."""
    card = registry.get(SHIPPED).card
    assert card.training_data is not None
    source = Source(name="first", command="mnist-studio train --name first")
    data = card.training_data.model_copy(update={"started_from": source})
    page = opened(app, add(registry, card.model_copy(update={"kind": "trained", "training_data": data})))
    assert "weights of **first**" in texts(page)
    assert page.code[0].value.splitlines() == [source.command, card.command]


def test_a_fine_tuned_model(app: AppTest, registry: Registry) -> None:
    """Drawings, replay, base and root; the app has made it, so there is no command."""
    first = add(registry, tuned(registry.get(SHIPPED), "*first*"))
    page = opened(app, first)
    said = texts(page)
    assert "Fine-tuned on **24 drawings**. 2 drawings with label issues were left out." in said
    assert "it replayed images of MNIST" in said
    assert "Its base is **MNIST Studio**, the first model of its lineage." in said
    assert "9,950 of 10,000 test images" in said
    assert "All settings have their default values." in said
    assert "To make the same model again" not in texts(page)
    assert not page.table
    page = opened(app, add(registry, tuned(first, "second", config=FineTuneConfig(trainable="head"))))
    assert "Its base is ***first***. The first model of its lineage is **MNIST Studio**." in texts(page)
    assert rows(page) == [["Trainable", "head", "last-half"]]


def test_what_is_unknown_is_left_away(app: AppTest, registry: Registry) -> None:
    """An imported model says nothing of its data, its settings or its accuracy."""
    unknown = Card(name="found", kind="imported", architecture="odd", parameters=7, created="")
    page = opened(app, add(registry, unknown))
    assert page.metric[0].value == "–"
    said = texts(page)
    assert "It was imported from a file, which does not say what it was trained on." in said
    assert "Created: –" in said
    assert "settings" not in said
    assert "To make the same model again" not in texts(page)


def test_a_compressed_model(app: AppTest, registry: Registry, workspace: Workspace) -> None:
    """What was done, and what it changed compared with its base."""
    run = Run.at(workspace, has_compressed(workspace).id)
    said = texts(opened(app, points.keep(workspace, run, "sparse80-int8")))
    assert "Compressed: **80% pruned, int8**." in said
    compared = "27% of the size (11% zipped), -0.40 percentage points, 2.0× as fast"
    assert f"Compared with its base: {compared} (Validation images)." in said
    assert "Its base is **MNIST Studio**" in said
