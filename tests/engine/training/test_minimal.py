"""The training in sixty lines that newcomers read first."""

from pathlib import Path

import numpy as np

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.networks.averaging import divide_logits
from mnist_core.engine.training import minimal
from tests.engine.trainings import go, start


def test_it_trains(tiny_npz: Path, workspace: Workspace) -> None:
    """Each epoch ends with a better network, and its images are classified well above chance."""
    config = TrainConfig(architecture="mlp", dataset=str(tiny_npz), epochs=3, batch_size=30, learning_rate=0.01)
    dataset = datasets.load(config.dataset, workspace)
    epochs = list(minimal.train(config, dataset))
    assert len(epochs) == 3
    (_, first), *_, (network, last) = epochs
    assert last.loss < first.loss
    assert last.validation_accuracy >= first.validation_accuracy
    predicted = network.predict(dataset.x_test, verbose=0).argmax(axis=1)
    assert (predicted == dataset.y_test).mean() > 0.5


def test_the_real_one_takes_the_same_steps(tiny_npz: Path, workspace: Workspace) -> None:
    """What is around it changes nothing: after the same steps the weights are the same.

    Only the layer of the logits is divided by a temperature afterwards.
    """
    config = TrainConfig(architecture="mlp", dataset=str(tiny_npz), epochs=1, batch_size=30, optimizer="adam")
    ((network, _),) = minimal.train(config, datasets.load(config.dataset, workspace))
    done = go(config, workspace, start(config, workspace))
    temperature = np.abs(network.get_weights()[-2]).max() / np.abs(done.weights[-2]).max()
    divide_logits(network, temperature)
    for one, other in zip(network.get_weights(), done.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
