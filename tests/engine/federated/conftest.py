"""A small model and three writers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.export.onnx import export
from mnist_core.engine.fine_tuning import replay_buffer
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import register
from mnist_core.models.card import Card
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry
from tests.engine.federated.test_clients import a_file, written


@pytest.fixture
def small_replay_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred old digits, so that a test takes seconds."""
    monkeypatch.setattr(replay_buffer, "SYNTHETIC", 400)


@pytest.fixture
def base(workspace: Workspace) -> Model:
    """A network that has learned nothing."""
    folder = workspace.root / "new"
    folder.mkdir()
    export(build(TrainConfig(architecture="mlp")), folder, synthetic.generate(20, seed=1)[0])
    card = Card(name="base", kind="trained", architecture="mlp", parameters=1, created="")
    return Registry(workspace).add(card, lambda target: register.move_files(folder, target))


@pytest.fixture
def config_of(tmp_path: Path, base: Model) -> Callable[..., FederateConfig]:
    """Three rounds with three writers; other settings may be given."""
    writers = [drawing for seed, name in enumerate("abc") for drawing in written(20 + 10 * seed, name, seed=seed)]
    settings = {"model": base.id, "drawings": a_file(tmp_path, writers), "rounds": 3, "local_epochs": 2.0}
    settings |= {"trainable": "everything", "allowed_drop": 100.0, "batch_size": 16, "learning_rate": 0.005}
    return lambda **more: FederateConfig(**(settings | more))
