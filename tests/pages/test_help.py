"""The Help page."""

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from pages.widgets.shortcuts import SHORTCUTS
from tests.pages.app import open_page, texts


def test_help_has_every_shortcut_and_the_workspace(app: AppTest, workspace: Workspace) -> None:
    page = open_page(app, "help")
    assert not page.exception
    for keys in SHORTCUTS.values():
        for key, action in keys:
            assert f"`{key}`" in texts(page)
            assert action in texts(page)
    assert page.code[0].value == str(workspace.root)
