"""The data of a training, and their order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.config import schedules
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets, synthetic
from mnist_core.engine.training.plan import Plan


@dataclass(frozen=True)
class Data:
    """Everything the graph holds, and which of it is for training, which for validation."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    train: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]

    @property
    def targets(self) -> npt.NDArray[np.float32]:
        """(N, 10) one-hot."""
        return np.eye(10, dtype=np.float32)[self.labels]


def prepare(config: TrainConfig, dataset: datasets.Dataset) -> Data:
    """Split off the validation share, take `train_subset` of the rest, add the synthetic digits (for training only)."""
    train, validation = datasets.split(dataset.y_train, config.validation_share, config.seed)
    if config.train_subset:
        train = np.random.default_rng(config.seed).permutation(train)[: config.train_subset]
    images, labels = dataset.x_train, dataset.y_train
    if config.synthetic_samples:
        more, more_labels = synthetic.generate(config.synthetic_samples, seed=config.seed)
        train = np.concatenate([train, len(images) + np.arange(config.synthetic_samples)])
        images, labels = np.concatenate([images, more]), np.concatenate([labels, more_labels])
    return Data(images, labels, train, validation)


def epoch_plan(config: TrainConfig, train: npt.NDArray[np.int64]) -> Plan:
    """Each epoch has its own permutation of the training indices, made from the seed and its number."""
    size = min(config.batch_size, len(train))
    steps = len(train) // size  # the last, smaller batch is left out: its shape would have to be compiled separately
    total = steps * config.epochs
    order: dict[int, npt.NDArray[np.int64]] = {}

    def batch(step: int) -> npt.NDArray[np.integer]:
        epoch, place = divmod(step, steps)
        if epoch not in order:
            order.clear()
            order[epoch] = np.random.default_rng((config.seed, epoch)).permutation(train).astype(np.int32)
        return order[epoch][place * size : (place + 1) * size]

    def learning_rate(step: int) -> float:
        return config.learning_rate * schedules.factor(config.schedule, step / max(1, total - 1))

    return Plan(total, steps, batch, learning_rate, config.early_stopping)
