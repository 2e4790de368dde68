"""Which images are trained on, and in which order."""

import numpy as np

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.training import training_data


def test_train_subset_and_synthetic_digits_count(config: TrainConfig, workspace: Workspace) -> None:
    """Few samples are trained on, and what the program writes is added, never to the validation images."""
    chosen = config.model_copy(update={"train_subset": 50, "synthetic_samples": 30})
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    assert len(data.train) == 80
    assert len(data.validation) == 30
    assert (data.train >= 300).sum() == 30
    assert (data.validation < 300).all()
    assert not set(data.train) & set(data.validation)


def test_every_epoch_shows_every_image_once_in_another_order(config: TrainConfig) -> None:
    """The batches are a function of seed and step alone."""
    indices = np.arange(100)
    plan = training_data.epoch_plan(config.model_copy(update={"batch_size": 10, "epochs": 2}), indices)
    epochs = [np.concatenate([plan.batch(step) for step in range(start, start + 10)]) for start in (0, 10)]
    assert plan.total_steps == 20
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert (epochs[0] != epochs[1]).any()
    np.testing.assert_array_equal(plan.batch(3), epochs[0][30:40])
