"""What a killed process has left half-written goes, and nothing else."""

import os
import time
from pathlib import Path

from mnist_core.common import leftovers
from mnist_core.common.files import replacing, replacing_folder
from mnist_core.common.workspace import Workspace


def left_in(folder: Path) -> Path:
    """A file as a killed process leaves it."""
    with replacing(folder / "a.npz", durable=False) as temporary:
        temporary.touch()
    (folder / "a.npz").rename(temporary)
    return temporary


def written_long_ago(path: Path) -> None:
    then = time.time() - 2 * leftovers.OLD_S
    os.utime(path, (then, then))


def test_old_ones_go_from_everywhere(workspace: Workspace) -> None:
    """From the folders of models and runs, too. New ones stay, for their writers may live, and so do other files."""
    checkpoints = workspace.runs / "r" / "checkpoints"
    checkpoints.mkdir(parents=True)
    folders = (workspace.root, workspace.models, workspace.datasets, workspace.runs / "r", checkpoints)
    old, new, others = ([left_in(folder) for folder in folders] for _ in range(3))
    others = [path.rename(path.with_name(".hidden.npz")) for path in others]
    with replacing_folder(workspace.models / "m") as half_a_model:
        pass
    (workspace.models / "m").rename(half_a_model)
    for path in (*old, *others, half_a_model):
        written_long_ago(path)
    leftovers.sweep(workspace)
    assert not half_a_model.exists()
    assert {path for path in workspace.root.rglob("*") if path.is_file()} == {*new, *others}


def test_where_nobody_else_writes_all_go(tmp_path: Path) -> None:
    """However new they are."""
    left_in(tmp_path)
    (tmp_path / "000000002.npz").touch()
    leftovers.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["000000002.npz"]
    leftovers.remove(tmp_path / "nowhere")
