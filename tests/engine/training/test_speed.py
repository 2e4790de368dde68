"""The measurement of this machine's speed."""

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.engine.backends import devices
from mnist_core.engine.training import speed
from mnist_core.jobs import speed as kept


def test_it_is_measured_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody waits for the trainer."""
    monkeypatch.setattr(speed, "MEASURED_S", 0.01)
    monkeypatch.setattr(devices, "available", lambda: ["cpu"])
    speed.keep_if_unknown(workspace, lambda: True)
    assert kept.known(workspace) is None
    speed.keep_if_unknown(workspace, lambda: False)
    measured = kept.known(workspace)
    assert measured is not None
    assert measured > 1
    speed.keep_if_unknown(workspace, lambda: pytest.fail("it was measured again"))


def test_a_waiting_trainer_leaves_a_gpu_alone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", lambda: ["gpu:0", "cpu"])
    monkeypatch.setattr(speed, "_measured", lambda _: pytest.fail("it used the GPU"))
    speed.keep_if_unknown(workspace, lambda: False)
