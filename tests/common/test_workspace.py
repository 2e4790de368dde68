"""Where everything is kept."""

import time
from pathlib import Path

import platformdirs
import pytest

from mnist_core.common import workspace as workspaces
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace


def test_a_workspace_is_made_where_it_is_missing(tmp_path: Path) -> None:
    """With its folders, however deep."""
    workspace = Workspace.open(tmp_path / "a" / "b")
    assert workspace.runs.is_dir()
    assert workspace.models.is_dir()
    assert workspace.datasets.is_dir()
    assert Workspace.open(tmp_path / "a" / "b") == workspace


def test_the_workspace_that_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An argument wins over MNIST_STUDIO_HOME, which wins over an existing ./workspace; then comes the default."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platformdirs, "user_data_path", lambda name, appauthor: tmp_path / "data" / name)
    assert Workspace.open().root == tmp_path / "data" / "mnist-studio"
    (tmp_path / "workspace").mkdir()
    assert Workspace.open().root == tmp_path / "workspace"
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(tmp_path / "home"))
    assert Workspace.open().root == tmp_path / "home"
    assert Workspace.open(tmp_path / "named").root == tmp_path / "named"


def test_the_repository_has_a_workspace_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Made where it is missing, if the program runs from the folder that it is in."""
    monkeypatch.setattr(workspaces, "PROGRAM", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    assert Workspace.open().root == tmp_path / "workspace"


@pytest.mark.parametrize("inside", ["", "runs", "deeper/still"])
def test_a_workspace_that_cannot_be_written_to_is_refused(inside: str, tmp_path: Path) -> None:
    """A file stands where a folder is needed: the message names the folder and what to do."""
    (tmp_path / "file").write_text("in the way")
    if inside == "runs":
        (tmp_path / "place").mkdir()
        (tmp_path / "place" / "runs").write_text("in the way")
        place = tmp_path / "place"
    else:
        place = tmp_path / "file" / inside
    with pytest.raises(InputError, match=rf"{place.name} cannot be written to\. .* --workspace"):
        Workspace.open(place)


def test_a_clock_before_1980_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model or a checkpoint could not be written; the message says what the clock says."""
    monkeypatch.setattr(time, "time", lambda: 0.0)
    with pytest.raises(InputError, match=r"clock says 1970.*Set the clock"):
        Workspace.open(tmp_path)
