"""Saved networks, whole and damaged."""

import shutil
from pathlib import Path

import numpy as np

from mnist_core.common.errors import UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.engine.backends import saved
from mnist_core.models.registry import Registry, shipped


def test_a_network_is_loaded() -> None:
    """With its weights."""
    assert saved.network_of(shipped()).count_params() == shipped().card.parameters


def test_a_damaged_network_is_a_sentence(workspace: Workspace) -> None:
    """Cut off, or with any byte changed: the model and its file are named, with what to do."""

    def copy(folder: Path) -> None:
        for path in (shipped().keras, shipped().onnx):
            shutil.copy(path, folder)

    card = shipped().card.model_copy(update={"kind": "trained", "name": "mine"})
    model = Registry(workspace).add(card, copy)
    good, random, said = model.keras.read_bytes(), np.random.default_rng(0), []
    for number in range(12):
        damaged = bytearray(good)
        damaged[random.integers(len(good))] ^= 255
        model.keras.write_bytes(damaged if number else good[: len(good) // 2])
        try:
            saved.network_of(model)
        except UnreadableError as error:
            said.append(str(error))
    assert len(said) > 8
    assert all(f"mine ({model.id}) is damaged. model.keras is damaged" in each for each in said)
    assert all("Import it or train it again" in each for each in said)
