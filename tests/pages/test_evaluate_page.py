"""The Evaluate page: an image is enlarged, and what a person can do with it depends on what it is for."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.flags import Flags
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.models.registry import Registry
from tests.pages.app import button, open_page, texts


def page(use: str) -> None:
    """The dialog for the second of two images."""
    import numpy as np
    import streamlit as st

    from mnist_core.collection.drawing import Drawing
    from mnist_core.data.synthetic import write
    from pages.studio import studio
    from pages.widgets.evaluation_set import EvaluationSet
    from pages.widgets.image_dialog import content

    st.session_state.setdefault("page", "evaluate")
    drawings = [Drawing(d, write(d, np.random.default_rng(d))) for d in (3, 7)]
    images, labels = np.stack([each.image for each in drawings]), np.array([3, 7], np.uint8)
    judged_on = EvaluationSet("two", images, labels, "some", use, tuple(each.sha256 for each in drawings))
    content(judged_on, 1, studio().registry.active())


Open = Callable[[str], Any]


@pytest.fixture
def opened(app: AppTest) -> Open:
    """A function that shows the dialog of an image with this use. `app` sets up the workspace."""

    def shown(use: str) -> AppTest:
        found = AppTest.from_function(page, args=(use,), default_timeout=60).run()
        assert not found.exception
        return found

    return shown


def labels(found: AppTest) -> list[str]:
    return [each.label for each in found.button]


def test_a_test_image_is_not_learned(opened: Open, workspace: Workspace) -> None:
    """The page says why; the image can be flagged, and the flag removed."""
    found = opened("test")
    assert "must not learn it" in texts(found)
    assert labels(found) == ["Flag"]
    button(found, "Flag").click().run()
    assert [(each.label, each.source) for each in Flags(workspace).all()] == [(7, "some")]
    button(found, "Remove the flag").click().run()
    assert Flags(workspace).all() == []


def test_another_image_joins_the_fine_tuning_set(opened: Open, workspace: Workspace) -> None:
    """As a bitmap with its label, and only once."""
    found = opened("others")
    for _ in range(2):
        button(found, "Add to the fine-tuning set").click().run()
    (drawing,) = DrawingStore(workspace).all()
    assert (drawing.label, drawing.strokes) == (7, None)
    assert drawing.prediction is not None


def test_a_drawing_is_relabelled(opened: Open, workspace: Workspace) -> None:
    """Its new label counts as confirmed."""
    store = DrawingStore(workspace)
    store.add([Drawing(d, write(d, np.random.default_rng(d))) for d in (3, 7)])
    found = opened("drawings")
    assert button(found, "Relabel").disabled
    found.selectbox[0].select(1).run()
    button(found, "Relabel").click().run()
    assert [(each.label, each.confirmed) for each in store.all()] == [(3, False), (1, True)]


def test_compared_models_are_each_measured_once(app: AppTest, workspace: Workspace) -> None:
    """Both accuracies stand side by side, and what is below them says whose it is."""
    base = Registry(workspace).active()
    card = base.card.model_copy(update={"name": "mine", "base": base.id, "run": None})
    made = Registry(workspace).add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)])
    page = open_page(app, "evaluate")
    page.selectbox(key="evaluate.source").select("digits").run()
    assert [metric.label for metric in page.metric] == ["MNIST Studio"]
    assert list(page.dataframe[0].value) == ["Digit", "Precision", "Recall", "F1 score", "Images"]  # in its CSV, too
    page.selectbox(key="evaluate.other").select(made.id).run()
    assert [metric.label for metric in page.metric] == ["MNIST Studio", "mine"]
    assert "## MNIST Studio" in texts(page)
    assert not page.exception
