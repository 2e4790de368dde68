"""What all pages share: the workspace, the stores, the job runner and the active model's predictor."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.image_cache import ImageCache
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runner import JobRunner
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry
from mnist_core.service.own_process import OwnService

if TYPE_CHECKING:
    from mnist_core.models.predictor import Predictor
    from mnist_core.monitoring.log import PredictionLog
    from mnist_core.monitoring.writer import Writer

PATIENCE_S = 10.0
"""How long the first trainer, whose imports take both cores, waits for a first page to be shown."""


@dataclass(frozen=True)
class Studio:
    """One object for the whole app; all tabs share it."""

    workspace: Workspace
    runner: JobRunner

    @cached_property
    def drawings(self) -> DrawingStore:
        return DrawingStore(self.workspace)

    @cached_property
    def image_cache(self) -> ImageCache:
        return ImageCache(self.drawings)

    @cached_property
    def review_queue(self) -> ReviewQueue:
        return ReviewQueue(self.workspace)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.workspace)

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.workspace)

    @cached_property
    def predictions(self) -> "PredictionLog":
        from mnist_core.monitoring.log import PredictionLog  # loads ONNX Runtime

        return PredictionLog(self.workspace)

    @cached_property
    def seen(self) -> "Writer":
        """Logs the predictions of the Draw page."""
        from mnist_core.monitoring.writer import Writer  # loads ONNX Runtime

        return Writer(self.predictions)

    @cached_property
    def service(self) -> OwnService:
        return OwnService(self.workspace)


def studio() -> Studio:
    """The app's one Studio, for a page.

    After a restart of the server a tab may still show an old page. Streamlit then runs that page's file once without
    app.py, because it takes a folder called `pages` for a set of pages of its own. So this switches to app.py first.
    """
    if "page" not in st.session_state:
        st.session_state["wanted_page"] = (st.context.url or "").rstrip("/").rsplit("/", 1)[-1]
        st.switch_page("app.py")
    return open_studio()


@st.cache_resource(show_spinner=False)
def open_studio() -> Studio:
    """Open the workspace and start the job runner.

    Raises:
        InputError: the workspace cannot be used.
    """
    workspace = Workspace.open()
    return Studio(workspace, JobRunner(workspace, patience_s=PATIENCE_S))


@st.cache_resource(show_spinner=False, max_entries=8)
def _predictor(model_id: str) -> "Predictor":
    from mnist_core.models.predictor import Predictor  # loads ONNX Runtime, which an empty canvas does without

    model = open_studio().registry.get(model_id)
    return Predictor.of(model)


def predictor(model: Model) -> "Predictor":
    """The model's predictor for one drawing at a time; it stays open."""
    return _predictor(model.id)
