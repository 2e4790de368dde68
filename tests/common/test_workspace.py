"""Where everything is kept, and how it is written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.common.errors import InputError, StorageError
from mnist_core.common.files import exporting, replacing, replacing_folder, write_json
from mnist_core.common.workspace import Workspace
from tests.conftest import ROOT


def test_a_workspace_is_made_where_it_is_missing(tmp_path: Path) -> None:
    """With its folders, however deep."""
    workspace = Workspace.open(tmp_path / "a" / "b")
    assert workspace.runs.is_dir()
    assert workspace.models.is_dir()
    assert workspace.datasets.is_dir()
    assert Workspace.open(tmp_path / "a" / "b") == workspace


def test_the_environment_names_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An argument wins over MNIST_STUDIO_HOME, which wins over ./workspace."""
    monkeypatch.chdir(tmp_path)
    assert Workspace.open().root == tmp_path / "workspace"
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(tmp_path / "home"))
    assert Workspace.open().root == tmp_path / "home"
    assert Workspace.open(tmp_path / "named").root == tmp_path / "named"


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
    with pytest.raises(InputError, match=f"{place.name} cannot be written to .* --workspace"):
        Workspace.open(place)


def test_replacing_writes_all_or_nothing(tmp_path: Path) -> None:
    """A failure inside leaves the old file and nothing else; success leaves the new one and nothing else."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012 – a failure half-way is the point
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_with_nothing_written_is_an_error(tmp_path: Path) -> None:
    """A writer that wrote nothing does not delete the old file."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    with pytest.raises(StorageError), replacing(path):
        pass
    assert path.read_text() == "old"


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    """A process that dies while it writes has changed nothing under the good name."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    program = (
        "import os, sys; from pathlib import Path; from mnist_core.common.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert path.read_text() == "old"


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    """As `replacing`, for a folder of files."""
    path = tmp_path / "folder"
    with pytest.raises(RuntimeError), replacing_folder(path) as temporary:  # noqa: PT012 – as above
        (temporary / "a").write_text("1")
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with replacing_folder(path) as temporary:
        (temporary / "a").write_text("1")
        assert not path.exists()
    assert (path / "a").read_text() == "1"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_to_nowhere_is_refused_with_its_path(tmp_path: Path) -> None:
    """A folder that does not exist is the person's mistake, and is named."""
    path = tmp_path / "nowhere" / "f.zip"
    with pytest.raises(InputError, match=r"f\.zip cannot be written: No such file"), exporting(path) as temporary:
        temporary.write_text("x")


def test_json_keeps_any_text(tmp_path: Path) -> None:
    """Accents, emoji, right-to-left and control characters come back as they were."""
    value = {"name": "Zoë 🐈 \u202eabc\x00\n<img onerror>"}
    write_json(tmp_path / "v.json", value)
    assert json.loads((tmp_path / "v.json").read_text(encoding="utf-8")) == value
