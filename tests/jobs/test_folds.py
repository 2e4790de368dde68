"""What the folds of a cross-validation predict."""

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.jobs import folds
from mnist_core.jobs.runs import Run


def test_the_folds_are_read_as_they_finish(workspace: Workspace) -> None:
    """A repeated fold counts, and half a line does not yet."""
    run = Run.create(workspace, "r", "fine_tune", FineTuneConfig())
    assert folds.read(run) == folds.Folds([], {}, frozenset())
    folds.begin(run, [4, 9, 1])
    folds.add(run, [0, 2], [9, 1])
    folds.add(run, [1], [4])
    folds.add(run, [0], [4])
    with (run.folder / folds.FILE).open("a") as file:
        file.write('{"drawings": [1')
    assert folds.read(run) == folds.Folds([4, 9, 1], {0: 4, 1: 4, 2: 1}, frozenset({0}))
