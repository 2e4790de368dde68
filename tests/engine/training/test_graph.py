"""What is trained: every optimizer and every penalty does something."""

from typing import Any

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from tests.engine.trainings import layers_of, small_loop, start

pytestmark = pytest.mark.usefixtures("one_step_a_call")


@pytest.mark.parametrize(
    ("optimizer", "rate", "precision"),
    [
        ("adam", 0.001, "float32"), ("adamw", 0.001, "float32"), ("rmsprop", 0.0001, "float32"),
        ("sgd", 0.003, "float32"), ("sgd", 0.003, "mixed_float16"), ("adam", 0.001, "mixed_bfloat16"),
        ("muon", 0.001, "float32"), ("muon", 0.001, "mixed_float16"),
    ],
)  # fmt: skip
def test_every_optimizer_learns_and_is_watched(
    optimizer: Any, rate: float, precision: Any, config: TrainConfig, workspace: Workspace
) -> None:
    """The loss falls over two epochs and each layer's gradient is recorded, in float16 too."""
    chosen = config.model_copy(update={"optimizer": optimizer, "precision": precision, "learning_rate": rate})
    run = start(chosen, workspace)
    small_loop(chosen, workspace, run).run()
    records = [record for record in run.records() if "loss" in record]
    assert np.mean([record["loss"] for record in records[-4:]]) < np.mean([record["loss"] for record in records[:4]])
    assert all(layers_of(record) == {"dense", "logits"} for record in records)


@pytest.mark.parametrize(("field", "value"), [("l2", 0.1), ("l1", 0.01), ("label_smoothing", 0.3)])
def test_penalties_and_smoothing_raise_the_loss(field: str, value: float, workspace: Workspace) -> None:
    """They are part of what is minimised."""
    images, targets = np.zeros((4, 28, 28), np.uint8), np.eye(10, dtype=np.float32)[:4]
    losses = []
    for config in (TrainConfig(architecture="mlp"), TrainConfig.checked(architecture="mlp", **{field: value})):
        network = build(config)
        network.layers[-1].set_weights([network.layers[-1].get_weights()[0], np.r_[5.0, np.zeros(9)]])
        graph = training_graph(network, images, config, 0)
        compile_graph(graph, make_optimizer(config), config.label_smoothing)
        losses.append(graph.evaluate(np.arange(1), targets[:1], verbose=0)[0])
    assert losses[1] > losses[0] + 0.01
