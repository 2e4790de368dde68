"""Labels that a person is asked about."""

import numpy as np
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from tests.pages.app import open_page, texts


def test_a_drawing_with_two_labels_is_asked_about(app: AppTest, workspace: Workspace) -> None:
    """The choice gives all its copies one label; then nothing is asked."""
    store, strokes = DrawingStore(workspace), write(4, np.random.default_rng(1))
    first, *_ = store.add([Drawing(4, strokes), Drawing(9, strokes)])
    page = open_page(app, "fine_tune")
    assert "Are these labels correct?" in texts(page)
    page.selectbox(key=f"label-issue-copies-{first}-2-4-9").select("4").run()
    assert [each.label for each in store.all()] == [4, 4]
    assert "Are these labels correct?" not in texts(page)
    assert not page.exception
