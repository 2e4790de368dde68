"""A whole training from top to bottom. Read this first.

Everything else in this folder adds to these lines. `loop` pauses, stops and resumes between any two steps. An executor
(`backends`) takes many steps in one call of the device. `checkpoints` makes a resumed run the same run,
`metrics_logger` writes the live curve, and `register` tests the model and exports it. `train` puts them together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from mnist_core.config.schema import TrainConfig
from mnist_core.data.datasets import Dataset
from mnist_core.engine.networks.build import build
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.training.training_data import epoch_plan, prepare


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: means over its steps, and the accuracy on images that are not trained on."""

    loss: float
    accuracy: float
    validation_accuracy: float


def train(config: TrainConfig, dataset: Dataset) -> Iterator[tuple[keras.Model, Epoch]]:
    """Train a new network by `config`, one epoch a turn; the network that comes with each is the same one."""
    # Data: images (N, 28, 28) uint8; some are held back for validation, synthetic digits are added if asked for.
    data = prepare(config, dataset)

    # Network: (N, 28, 28) uint8 → logits (N, 10). Scaling is its first layer.
    network = build(config)

    # Graph: indices → images that lie on the device → augmentation → network. A batch is a list of indices.
    graph = training_graph(network, data.images, config, config.seed)
    compile_graph(graph, make_optimizer(config), config.label_smoothing)

    # Plan: which images and which learning rate a step has depends on its number alone.
    plan = epoch_plan(config, data.train)

    seen = []
    for step in range(plan.total_steps):
        batch = plan.batch(step)
        graph.optimizer.learning_rate = plan.learning_rate(step)
        graph.reset_metrics()
        seen.append(graph.train_on_batch(batch, data.targets[batch], return_dict=True))

        if (step + 1) % plan.steps_per_epoch == 0:
            predicted = network.predict(data.images[data.validation], verbose=0).argmax(axis=1)
            right = predicted == data.labels[data.validation]
            loss, accuracy = (float(np.mean([each[name] for each in seen])) for name in ("loss", "accuracy"))
            yield network, Epoch(loss, accuracy, float(right.mean()))
            seen = []
