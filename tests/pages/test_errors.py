"""What cannot be had, for a moment or for good, is said in its place, and the rest of the page is there."""

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data.synthetic import write
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry
from tests.pages.app import button

LOCKED = "The database is locked."


def _locked(*_: Any, **__: Any) -> None:
    raise StudioError(LOCKED)


def _under_way(app: AppTest, workspace: Workspace) -> None:
    """A training that the Train page shows."""
    Jobs(workspace).submit("train", TrainConfig(name="mine"), by=Process.of(os.getpid()))


def _range_test(app: AppTest, workspace: Workspace) -> None:
    """A learning-rate range test that the Train page shows."""
    Jobs(workspace).submit("lr_find", TrainConfig())


PLACES = {
    "status bar": ("", Jobs, "unfinished", None, "caption", "Your collection is empty"),
    "around the status bar": ("", Jobs, "active", None, "caption", "Your collection is empty"),
    "workbench": ("", DrawingStore, "counts", None, "caption", "Trainer"),
    "run": ("train", Run, "records", _under_way, "expander", "Queue another training"),
    "range test": ("train", Run, "progress", _range_test, "button", "Train"),
}
"""Place → its page ("": the whole app, with Draw), what fails, what is there before, and an element elsewhere."""


def _divided_by_zero(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError


FAILURES = {_locked: LOCKED, _divided_by_zero: "something unexpected (ZeroDivisionError)."}


@pytest.mark.parametrize("failure", [_locked, pytest.param(_divided_by_zero, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", PLACES)
def test_an_error_is_told_in_its_place(
    place: str,
    failure: Callable[..., None],
    app: AppTest,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its sentence, wherever on the page it is met; once it is gone, the next run shows all."""
    page, of, method, prepare, kind, other = PLACES[place]
    if prepare is not None:
        prepare(app, workspace)
    if page:
        app.run().switch_page(f"pages/{page}.py")
    with monkeypatch.context() as locked:
        locked.setattr(of, method, failure)
        app.run()
        assert not app.exception
        said = [error.value.replace("\\", "") for error in app.error]
        assert said  # Draw's steps need the jobs as well as the status bar does
        assert all(FAILURES[failure] in each for each in said)
        assert any(other in (each.value if kind == "caption" else each.label) for each in app.get(kind))
    app.run()
    assert not app.error
    logged = workspace.root / "studio.log"
    assert ("ZeroDivisionError" in logged.read_text()) if failure is _divided_by_zero else not logged.exists()


def test_an_app_that_cannot_start_says_so(app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is on the page, and the log has the details."""
    monkeypatch.setattr("pages.studio.JobRunner", _divided_by_zero)
    app.run()
    assert not app.exception
    (said,) = [error.value.replace("\\", "") for error in app.error]
    assert said.startswith("MNIST Studio cannot start. MNIST Studio did something unexpected (ZeroDivisionError)")
    assert not app.button
    monkeypatch.undo()


def test_a_callback_that_fails_is_told(app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a message that names the log; the page is as it was."""
    Jobs(workspace).submit("train", TrainConfig(name="mine"))
    monkeypatch.setattr(Jobs, "delete", _divided_by_zero)
    app.run().switch_page("pages/train.py").run()
    button(app, "Cancel").click().run()
    assert not app.exception
    (said,) = [each.value.replace("\\", "") for each in app.toast]
    assert said.endswith("studio.log has the details.")
    assert button(app, "Cancel")


def test_a_download_that_cannot_be_made_says_why(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit makes it in a thread of its own, outside the page; the next run of the status bar tells its error."""
    made: dict[str, Callable[[], bytes]] = {}
    add = MediaFileManager.add_deferred

    def add_deferred(self: MediaFileManager, content: Callable[[], bytes], *given: Any, file_name: str, **named: Any):
        made[file_name] = content
        return add(self, content, *given, file_name=file_name, **named)

    def press(file_name: str) -> list[object]:
        outcome: list[object] = []

        def call() -> None:
            try:
                outcome.append(made[file_name]())
            except StudioError as error:
                outcome.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        return outcome

    monkeypatch.setattr(MediaFileManager, "add_deferred", add_deferred)
    DrawingStore(workspace).add([Drawing(3, write(3, np.random.default_rng(0)))])
    app.run().switch_page("pages/fine_tune.py").run()
    (content,) = press("drawings.jsonl")
    assert b'"digit": 3' in content
    with monkeypatch.context() as locked:
        locked.setattr(DrawingStore, "all", _locked)
        (error,) = press("drawings.zip")
    assert str(error) == LOCKED
    app.run()
    assert [each.value.replace("\\", "") for each in app.toast] == [LOCKED]
    app.run()
    assert not app.toast
    app.switch_page("pages/models.py").run()
    (content,) = press("mnist-studio.onnx")
    assert content == Registry(workspace).active().onnx.read_bytes()
