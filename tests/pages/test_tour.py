"""The tour is offered to new people, leads from page to page, sees what was done, and can be ended."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from tests.pages.app import button, open_page, texts

OFFER = "New here?"


def test_the_tour_leads_through_the_loop(app: AppTest, workspace: Workspace) -> None:
    """What was done since its beginning is seen; nothing must be done. It can be repeated from Help."""
    assert OFFER in texts(app.run())
    button(app, "Start the tour").click().run()
    assert "1 of 5 Draw" in texts(app)
    button(app, "Next: Label").click().run()
    assert "Press the 7's bar" in texts(app)
    DrawingStore(workspace).add([Drawing(7, write(7, np.random.default_rng(1)))])
    assert "Well done." in texts(app.run())
    button(app, "Next: Fine-tune").click().run()
    assert "3 of 5 Fine-tune" in texts(app)
    assert [each.value for each in app.title] == ["Fine-tune"]
    button(app, "End the tour").click().run()
    assert "of 5" not in texts(app)
    page = open_page(app, "help")
    button(page, "Start the tour").click().run()
    assert "1 of 5 Draw" in texts(page)
    assert not page.exception


@pytest.mark.parametrize("why", ["declined", "drawn"])
def test_the_tour_is_offered_to_new_people_only(why: str, app: AppTest, workspace: Workspace) -> None:
    """Who has said no is not asked again, nor is who knows the program."""
    if why == "drawn":
        DrawingStore(workspace).add([Drawing(7, write(7, np.random.default_rng(1)))])
        app.run()
    else:
        button(app.run(), "Not now").click().run()
    assert OFFER not in texts(app)
    open_page(app, "train")
    assert OFFER not in texts(open_page(app, "draw"))
