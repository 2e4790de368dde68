"""A run's clients, when it is resumed."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.federated.kept_clients import clients_of
from mnist_core.jobs.runs import Run
from tests.engine.federated.test_clients import written


def test_a_resumed_run_holds_out_the_same_drawings(workspace: Workspace, tmp_path: Path) -> None:
    """Collections that have grown change neither part, not even if a drawing is there twice."""
    stores = [DrawingStore(Workspace.open(tmp_path / name)) for name in ("ada", "bob")]
    for number, store in enumerate(stores):
        drawings = written(20, None, seed=number)
        store.add([*drawings, drawings[0]])
    config = FederateConfig(collections="\n".join(str(tmp_path / name) for name in ("ada", "bob")))
    run = Run.create(workspace, "r", "federate", config)
    before, _ = clients_of(run, config)
    stores[0].add(written(30, None, seed=5))
    after, warnings = clients_of(run, config)
    assert warnings == []
    for one, other in zip(before, after, strict=True):
        assert one.name == other.name
        for part in ("x", "y", "x_held_out", "y_held_out", "contents", "contents_held_out"):
            np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    stores[1].delete([each.id for each in stores[1].all() if each.id is not None])
    with pytest.raises(InputError, match="client bob are not there any more"):
        clients_of(run, config)
