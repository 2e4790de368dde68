"""Which old images a fine-tuning holds out."""

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.data import datasets, synthetic
from mnist_core.engine.fine_tuning import replay_buffer
from mnist_core.models.card import Card
from mnist_core.models.registry import Registry
from tests.models.files import copy_shipped


def test_the_root_has_not_learned_what_is_held_out(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compressed root has no training of its own: it learned what its base did."""
    x, y = synthetic.generate(300, seed=1)
    mnist = datasets.Dataset("mnist", x, y, x[:10], y[:10])
    monkeypatch.setattr(datasets, "find_mnist", lambda workspace: workspace.datasets / "mnist.npz")
    monkeypatch.setattr(datasets, "mnist", lambda _: mnist)
    monkeypatch.setattr(replay_buffer, "CANDIDATES", 200)
    card = Card(
        name="base", kind="trained", architecture="mlp", parameters=5, created="",
        config=TrainConfig(seed=7, validation_share=0.3),
    )  # fmt: skip
    base = Registry(workspace).add(card, copy_shipped)
    small = card.model_copy(update={"name": "small", "kind": "compressed", "config": CompressConfig(), "base": base.id})
    buffer = replay_buffer.fill(workspace, Registry(workspace).add(small, copy_shipped), seed=0)
    _train, validation = datasets.split(y, 0.3, 7)
    np.testing.assert_array_equal(buffer.x_held_out[: len(validation)], x[validation])
