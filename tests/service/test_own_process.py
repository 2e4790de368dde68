"""The service that the app starts, and what its tabs see of services."""

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.service import own_process, state
from mnist_core.service.own_process import OwnService
from tests.service.client import STROKES, Client, free_port
from tests.service.test_under_load import wait_until


def test_it_is_started_and_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one object; another one, as in a second app, sees and stops it as well."""
    monkeypatch.setattr(own_process, "PORT", free_port())
    own, other = OwnService(workspace), OwnService(workspace)
    own.start("--shadow", "shipped")
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
    wait_until(lambda: not own.running)
    own.close()
    assert own.failure == ""


def test_why_it_cannot_start_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "PORT", free_port())
    own = OwnService(workspace)
    own.start("--canary", "nix")
    wait_until(lambda: not own.starting)
    assert "There is no model" in own.failure
    assert own.running == []
    own.close()


def test_a_service_that_was_killed_is_not_running(workspace: Workspace) -> None:
    """Its file is still there; a damaged file does no harm either."""
    left = state.State(pid=1, pid_started=-1e9, url="http://127.0.0.1:1", problem="", models=[], shadow=None)
    state.write(state.path(workspace, 1), left)
    state.path(workspace, 2).write_text("{")
    assert state.running(workspace) == []
