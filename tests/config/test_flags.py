"""Settings as a command line."""

from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.flags import command_line, in_workspace
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig


def test_the_command_has_what_is_not_the_default() -> None:
    """Quoted for a shell; a yes-or-no setting has two flags and no value."""
    assert command_line("train", TrainConfig()) == "mnist-studio train"
    assert command_line("train", TrainConfig(name="a b", turn_images=True)) == (
        "mnist-studio train --name 'a b' --turn-images"
    )
    assert command_line("compress", CompressConfig(sparsity="50 80", int8=False)) == (
        "mnist-studio compress --sparsity '50, 80' --no-int8"
    )
    assert command_line("finetune", FineTuneConfig(include_earlier=False)) == "mnist-studio finetune --exclude-earlier"


def test_another_workspace_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new terminal would not find it otherwise."""
    monkeypatch.chdir(tmp_path)
    usual = Workspace.open(tmp_path / "workspace")
    assert in_workspace("mnist-studio compress", usual) == "mnist-studio compress"
    other = Workspace.open(tmp_path / "an other")
    assert in_workspace("mnist-studio compress", other) == f"mnist-studio compress --workspace '{tmp_path}/an other'"
