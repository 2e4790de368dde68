"""Checkpoints, whole and damaged."""

from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.engine.training import checkpoints
from mnist_core.engine.training.position import Position


def test_checkpoints_survive_any_damage(workspace: Workspace) -> None:
    """Cut off at, or flipped in, 60 random places: the newest is restored whole, or the one before it is."""
    graph = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.5)])
    graph.compile("adam", "mse")
    graph.optimizer.build(graph.trainable_variables)
    values = {}
    for step in (1, 2):
        graph.set_weights([np.full((3, 4), step), np.full(4, step)])
        checkpoints.save(workspace.root, graph, Position(step=step).header, [np.full(3, step)])
        values[step] = step
    newest = workspace.root / "000000002.npz"
    good = newest.read_bytes()
    random = np.random.default_rng(0)
    seen = set()
    for number in range(60):
        content = bytearray(good)
        content[random.integers(len(good))] ^= 1 << random.integers(8)
        newest.write_bytes(content if number % 2 else good[: random.integers(len(good))])
        graph.set_weights([np.zeros((3, 4)), np.zeros(4)])
        restored = checkpoints.restore(workspace.root, graph)
        assert restored.header is not None
        step = restored.header.step
        assert restored.damaged == (step == 1)
        assert [float(weights.flat[0]) for weights in graph.get_weights()] == [step, step]
        assert restored.extra[0].tolist() == [step] * 3
        seen.add(step)
    assert 1 in seen


def test_two_checkpoints_are_kept(workspace: Workspace) -> None:
    """Older ones go."""
    graph = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    graph.compile("sgd", "mse")
    for step in range(5):
        checkpoints.save(workspace.root / "runs", graph, Position(step=step).header, [])
    assert sorted(path.name for path in (workspace.root / "runs").iterdir()) == ["000000003.npz", "000000004.npz"]


@pytest.mark.parametrize(
    "changes",
    [
        {"v0": None},
        {"position": None},
        {"position": np.frombuffer(b"no JSON", np.uint8)},
        {"position": np.frombuffer(b'{"format": 99}', np.uint8)},
        {"v0": np.zeros((7, 7), np.float32)},
    ],
    ids=["a member is missing", "no header", "a torn header", "a newer version's", "another network's"],
)
def test_what_does_not_fit_is_passed_over(changes: dict[str, Any], workspace: Workspace) -> None:
    """The checkpoint before it is restored whole, as after any other damage."""
    graph = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    graph.compile("sgd", "mse")
    for step in (1, 2):
        graph.set_weights([np.full((1, 1), step), np.full(1, step)])
        checkpoints.save(workspace.root, graph, Position(step=step).header, [])
    newest = workspace.root / "000000002.npz"
    with np.load(newest) as file:
        arrays = {**file, **changes}
    np.savez(newest, allow_pickle=False, **{name: array for name, array in arrays.items() if array is not None})
    restored = checkpoints.restore(workspace.root, graph)
    assert restored.header is not None
    assert (restored.header.step, restored.damaged) == (1, 1)
    assert [float(weights.flat[0]) for weights in graph.get_weights()] == [1, 1]
