"""What a killed process has left half-written goes, and nothing else."""

import os
import time
from pathlib import Path

from mnist_core.common import leftovers
from mnist_core.common.files import replacing, replacing_folder
from mnist_core.common.workspace import Workspace


def age(path: Path) -> None:
    """As if it had been written two hours ago."""
    then = time.time() - 7200
    os.utime(path, (then, then))


def test_old_ones_go_from_everywhere(workspace: Workspace) -> None:
    """From the folders of models and runs, too; new ones, whose writers may live, and other files stay."""
    checkpoints = workspace.runs / "r" / "checkpoints"
    checkpoints.mkdir(parents=True)
    kept: set[Path] = set()
    gone: set[Path] = set()
    for folder in (workspace.root, workspace.models, workspace.datasets, workspace.runs / "r", checkpoints):
        for names in (gone, kept):
            with replacing(folder / "a.npz") as temporary:
                temporary.touch()
                names.add(temporary)
        (folder / "a.npz").unlink()
        kept |= {folder / ".hidden.npz", folder / "000000002.npz"}
    for path in gone | kept:
        path.write_text("half")
    with replacing_folder(workspace.models / "m") as temporary:
        folder = temporary
    folder.mkdir()
    (folder / "model.keras").write_text("half")
    for path in (*gone, folder, *(each for each in kept if "hidden" in each.name or each.name[0] != ".")):
        age(path)
    leftovers.sweep(workspace)
    left = {path for path in workspace.root.rglob("*") if path.is_file()}
    assert left == kept
    assert not folder.exists()
    leftovers.remove(checkpoints)
    assert sorted(path.name for path in checkpoints.iterdir()) == [".hidden.npz", "000000002.npz"]
    leftovers.remove(workspace.root / "nowhere")
