"""The app for tests that look at its pages."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.jobs.runner import JobRunner
from tests.conftest import ROOT

PATIENCE_S = 60

installed_components = cache(manifest_scanner.scan_component_manifests)
"""AppTest scans the metadata of all installed packages for each app."""


@pytest.fixture
def through_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is run by app.py.

    For each run AppTest looks anew for a folder called `pages`, Streamlit's older way of having pages, and runs a
    page's file alone. A server does that only before app.py has called `st.navigation`.
    """
    begin = PagesManager.__init__

    def begin_with_navigation(self: PagesManager, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)


@pytest.fixture
def app(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, through_app: None) -> Iterator[AppTest]:
    """The app on an empty workspace. Its job runner takes jobs but has no trainer: these tests look at pages."""
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(workspace.root))
    monkeypatch.setattr(JobRunner, "_tick", lambda self: None)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", installed_components)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S)
    from pages.studio import open_studio

    open_studio().runner.close()
    st.cache_resource.clear()
