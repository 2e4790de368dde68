"""The speed of this machine, as the workspace keeps it."""

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import training_time
from mnist_core.jobs import speed


def test_it_is_kept_for_this_machine_and_backend(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace that has moved, a damaged file and another backend are as if nothing was measured."""
    assert speed.known(workspace) is None
    speed.keep(workspace, 1234.5)
    assert speed.known(workspace) == 1234.5
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert speed.known(workspace) is None
    workspace.speed.write_text("{", "utf-8")
    assert speed.known(workspace) is None


def test_a_training_corrects_it_unless_it_was_short(workspace: Workspace) -> None:
    """The next estimate of the same training is the time that it took."""
    config = TrainConfig(architecture="fast", epochs=4)
    speed.learn(workspace, config, 60_000, 2.0)
    assert speed.known(workspace) is None
    speed.learn(workspace, config, 60_000, 40.0)
    speed.learn(workspace, TrainConfig(architecture="fast", epochs=2), 1_500, 40.0)  # a busy machine built slowly
    known = speed.known(workspace)
    assert known is not None
    assert training_time.seconds(config, 60_000, known) == pytest.approx(40.0)
