"""The app for tests that look at its pages."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.jobs.runner import JobRunner
from tests.conftest import ROOT

PATIENCE_S = 60


@pytest.fixture
def app(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app on an empty workspace. Its job runner takes jobs but has no trainer: these tests look at pages."""
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(workspace.root))
    monkeypatch.setattr(JobRunner, "_tick", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S)
    from pages.studio import open_studio

    open_studio().runner.close()
    st.cache_resource.clear()
