"""The service that the app starts, and what its tabs see of services."""

import os
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mnist_core.common import language
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.process import Process
from mnist_core.models.registry import Registry
from mnist_core.service import own_process, state
from mnist_core.service.own_process import OwnService
from tests.service.client import STROKES, Client, copy_of_the_shipped, free_port, wait_until


@pytest.fixture
def own(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnService]:
    """The service of an app, whose end closes the pipe between them."""
    monkeypatch.setattr(own_process, "PORT", free_port())
    found = OwnService(workspace)
    yield found
    assert found._process is not None
    assert found._process.stdin is not None
    found._process.stdin.close()
    found._process.wait()


def test_it_is_started_and_stopped(own: OwnService, workspace: Workspace) -> None:
    """By one object; another one, as in a second app, sees and stops it as well."""
    other = OwnService(workspace)
    own.start("--shadow", copy_of_the_shipped(Registry(workspace), "another").id)
    assert own.starting
    own.start()  # a second click
    wait_until(lambda: own.running)
    (found,) = other.running
    assert (own.starting, own.failure) == (False, "")
    assert found.url == f"http://127.0.0.1:{own_process.PORT}"
    client = Client(own_process.PORT)
    assert client.post("/v1/predict", {"strokes": STROKES}).json["digit"] == 1
    client.close()
    wait_until(lambda: [each.shadow for each in own.running if each.shadow and each.shadow.compared == 1])
    assert {each.role: each.predictions for each in own.running[0].models} == {"active": 1, "shadow": 1}
    other.stop(found)
    wait_until(lambda: not own.running and not own.starting)
    assert own.failure == ""


def test_why_it_cannot_start_is_told(own: OwnService) -> None:
    own.start("--canary", "nix")
    wait_until(lambda: not own.starting)
    assert "There is no model" in own.failure
    assert own.running == []


def test_a_service_that_was_killed_is_not_running(workspace: Workspace) -> None:
    """Its file is still there; a damaged file does no harm either."""
    left = state.State(pid=1, pid_started=-1e9, url="http://127.0.0.1:1", problem="", models=[], shadow=None)
    state.write(state.path(workspace, 1), left)
    state.path(workspace, 2).write_text("{")
    assert state.running(workspace) == []


def test_two_tabs_start_one_service(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although it takes a moment to start a process."""
    started = []

    def popen(*arguments: Any, **options: Any) -> SimpleNamespace:
        time.sleep(0.05)
        started.append(arguments)
        return SimpleNamespace(pid=1, poll=lambda: None)

    monkeypatch.setattr("subprocess.Popen", popen)
    own = OwnService(workspace)
    tabs = [threading.Thread(target=own.start) for _ in range(3)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert len(started) == 1


def damaged(name: str) -> Text:
    return _("The file {file} is damaged or is not a model. {reason}", file=name, reason="Why.")


def test_a_problem_is_shown_in_the_language_of_the_app(workspace: Workspace) -> None:
    """The service itself speaks English."""
    process = Process.of(os.getpid())
    problem = damaged("mine")
    found = state.State(
        pid=process.pid, pid_started=process.started, url="", problem=problem, models=[], shadow=None
    )  # fmt: skip
    state.write(state.path(workspace, 1), found)
    assert state.running(workspace)[0].problem == "The file mine is damaged or is not a model. Why."
    with language.speaking("zh_CN"):
        (shown,) = state.running(workspace)
        assert shown.problem == damaged("mine") != problem
