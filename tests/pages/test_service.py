"""The switch of the HTTP service on the page Models; the service itself is in tests/service."""

import os
import shutil
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.process import Process
from mnist_core.models.registry import Registry
from mnist_core.service import state
from mnist_core.service.own_process import OwnService
from mnist_core.service.state import ModelState, ShadowState, State
from tests.pages.app import button, open_page, texts


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The flags of each start; no process is started."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(OwnService, "start", lambda self, *flags: found.append(flags))
    return found


def running(workspace: Workspace, **changes: Any) -> State:
    """A service that seems to run in this process."""
    process = Process.of(os.getpid())
    model = {"mean_probability": 0.9, "mean_ms": 2.5, "feedback": 0, "feedback_right": 0}
    models = [
        ModelState(role="active", model_name="MNIST Studio", predictions=12, **model),
        ModelState(role="shadow", model_name="other", predictions=12, **model | {"feedback": 4, "feedback_right": 3}),
    ]
    found = State(
        pid=process.pid, pid_started=process.started, url="http://127.0.0.1:8770", problem="", models=models,
        shadow=ShadowState(compared=12, same_digit=9, same_verdict=12),
    ).model_copy(update=changes)  # fmt: skip
    state.write(state.path(workspace, 8770), found)
    return found


def test_it_is_started_with_a_second_model(app: AppTest, workspace: Workspace, started: list[tuple[str, ...]]) -> None:
    """As a canary or in the shadow, or without one; there is nothing to choose if there is no other model."""
    page = open_page(app, "models")
    button(page, "Start the service").click().run()
    assert not [each for each in page.selectbox if each.label == "Compare with"]
    base = Registry(workspace).active()
    card = base.card.model_copy(update={"name": "other", "run": None})
    other = Registry(workspace).add(
        card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)]
    )
    page.run()
    next(each for each in page.selectbox if each.label == "Compare with").select(other.id).run()
    button(page, "Start the service").click().run()
    next(each for each in page.selectbox if each.label == "How").select("shadow").run()
    button(page, "Start the service").click().run()
    assert started == [(), ("--canary", other.id, "--share", "0.1"), ("--shadow", other.id)]
    assert not page.exception


def test_a_running_service_is_shown_and_stopped(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever started it: its address, what its models did, and what is wrong."""
    stopped: list[State] = []
    monkeypatch.setattr(OwnService, "stop", lambda self, service: stopped.append(service))
    found = running(workspace, problem=Text("The model broken is damaged."))
    page = open_page(app, "models")
    assert "(http://127.0.0.1:8770)" in texts(page)
    assert "The model broken is damaged." in texts(page)
    assert "the same digit for 75.00% of 12 drawings" in texts(page)
    table = page.dataframe[1].value
    assert [*table["Role"]] == ["active", "shadow"]
    assert [*table["Right by feedback"]] == ["–", "3 / 4"]
    button(page, "Stop the service").click().run()
    assert stopped == [found]
    assert not page.exception


def test_a_suggested_digit_is_one_click(app: AppTest, workspace: Workspace) -> None:
    """Feedback waits on the Fine-tune page, before other drawings, with the digit that the program said."""
    queue = ReviewQueue(workspace)
    queue.add([Drawing(None, [[(0.0, 0.0), (1.0, 1.0)]], None, 4, 0.5, "m", margin=0.0)])
    queue.suggest(Drawing(None, [[(0.0, 0.0), (0.0, 1.0)]], None, 4, 0.9, "m", margin=0.8), 7)
    page = open_page(app, "fine_tune")
    button(page, "Label 7").click().run()
    assert [each.label for each in DrawingStore(workspace).all()] == [7]
    assert queue.count() == 1
    assert not page.exception
