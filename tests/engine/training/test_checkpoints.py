"""Checkpoints, whole and damaged."""

import io
import zipfile
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
        restored = checkpoints.restore(workspace.root, graph, [np.zeros(3)])
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
        {"v0": np.array([["a"]])},
        {"x0": np.zeros(5, np.float32)},
        {"x0": np.zeros((1, 1), np.float32)},
    ],
    ids=[
        "a member is missing", "no header", "a torn header", "a newer version's", "another network's", "no numbers",
        "best weights of another network", "too few best weights",
    ],
)  # fmt: skip
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
    restored = checkpoints.restore(workspace.root, graph, graph.get_weights())
    assert restored.header is not None
    assert (restored.header.step, restored.damaged) == (1, 1)
    assert [float(weights.flat[0]) for weights in graph.get_weights()] == [1, 1]


def test_a_file_that_says_it_is_encrypted_is_passed_over(workspace: Workspace) -> None:
    """Or whose array says that it has a billion times as many numbers."""
    graph = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    graph.compile("sgd", "mse")
    for step in (1, 2):
        checkpoints.save(workspace.root, graph, Position(step=step).header, [])
    newest = workspace.root / "000000002.npz"
    good = newest.read_bytes()
    encrypted = bytearray(good)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    newest.write_bytes(encrypted)
    assert checkpoints.restore(workspace.root, graph).damaged == 1
    huge = io.BytesIO()
    np.lib.format.write_array_header_1_0(huge, {"shape": (1, 10**15), "fortran_order": False, "descr": "<f4"})
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(newest, "w") as new:
        for name in old.namelist():
            new.writestr(name, huge.getvalue() if name == "v0.npy" else old.read(name))
    assert checkpoints.restore(workspace.root, graph).damaged == 1
