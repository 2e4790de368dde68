"""Ensembles and views: the mean of several predictions, trained, exported and used as one model."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.data.synthetic import generate
from mnist_core.engine.context import RunContext
from mnist_core.engine.export.onnx import export
from mnist_core.engine.networks.averaging import divide_logits, member_logits, with_views, without_views
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import train
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.training.loop import SETTLING_STEPS
from mnist_core.engine.training.training_data import Data
from mnist_core.jobs.runs import Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


class Free:
    """A control that wants nothing."""

    def check(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def images() -> Any:
    return generate(20, seed=0)[0]


def test_an_ensemble_answers_by_the_mean_of_its_members(images: Any) -> None:
    """Its logits are the mean of theirs, and the members differ."""
    network = build(TrainConfig(architecture="fast", ensemble_size=3))
    each = member_logits(network).predict(images, verbose=0)
    assert each.shape == (20, 3, 10)
    np.testing.assert_allclose(network.predict(images, verbose=0), each.mean(axis=1), atol=1e-5)
    assert np.abs(each[:, 0] - each[:, 1]).max() > 0.01
    assert network.count_params() == 3 * build(TrainConfig(architecture="fast")).count_params()


def test_the_members_learn_each_by_itself(images: Any) -> None:
    """The loss is the mean of theirs, so no member's gradient knows of the others."""
    config = TrainConfig(architecture="mlp", ensemble_size=2, dropout=0)
    network = build(config)
    graph = training_graph(network, images, config, 0)
    compile_graph(graph, make_optimizer(config))
    targets = np.eye(10, dtype=np.float32)[np.arange(20) % 10]
    indices = np.arange(20, dtype=np.int32)
    logits = graph(indices, training=True)
    one = keras.losses.CategoricalCrossentropy(from_logits=True)
    expected = (float(one(targets, logits[:, 0])) + float(one(targets, logits[:, 1]))) / 2
    assert float(graph.compute_loss(y=targets, y_pred=logits)) == pytest.approx(expected, rel=1e-5)


def test_views_are_the_image_and_its_neighbours(images: Any) -> None:
    """Five views: the mean of the logits for the image and of the four images moved by one pixel."""
    network = build(TrainConfig(architecture="mlp"))
    moved = [np.pad(images, ((0, 0), (1, 1), (1, 1)))[:, r : r + 28, c : c + 28] for r, c in
             ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))]  # fmt: skip
    expected = np.mean([network.predict(each, verbose=0) for each in moved], axis=0)
    np.testing.assert_allclose(with_views(network, 5).predict(images, verbose=0), expected, atol=1e-5)


def test_an_ensemble_with_views_is_trained_and_exported_as_one_model(tiny_npz: Path, workspace: Workspace) -> None:
    """One entry in the registry, one .onnx that reads as its .keras does, and it can be trained further."""
    config = TrainConfig(
        architecture="mlp",
        ensemble_size=2,
        test_time_views=3,
        dataset=str(tiny_npz),
        epochs=3,
        batch_size=32,
        learning_rate=0.01,
    )
    run = Run.create(workspace, "r", "train", config)
    report = train.train(RunContext(config, workspace, run, Free()))
    model = Registry(workspace).get(report.model_id)
    assert report.test_accuracy > 0.3
    x_test = datasets.load(str(tiny_npz), workspace).x_test
    network = keras.models.load_model(model.keras, compile=False)
    np.testing.assert_allclose(Predictor(model.onnx).logits(x_test), network.predict(x_test, verbose=0), atol=1e-3)
    again = config.model_copy(update={"start_from": model.id, "epochs": 1})
    train.train(RunContext(again, workspace, Run.create(workspace, "again", "train", again), Free()))


def test_averaged_weights_are_normalised_by_statistics_of_their_own() -> None:
    """Those of the weights that were averaged fit the mean so badly that it reads much worse."""
    images, labels = generate(600, seed=1)
    config = TrainConfig(architecture="fast", ema_decay=0.98, learning_rate=0.03)
    data = Data(images, labels, train=np.arange(600), validation=np.arange(600))
    trainable = train.compile_network(config, data, base=None)
    graph, executor = trainable.graph, trainable.executor
    batches = np.random.default_rng(0).integers(600, size=(60, 50)).astype(np.int32)
    executor.train(batches, np.full(60, config.learning_rate, np.float32))
    graph.optimizer.finalize_variable_values(graph.trainable_variables)
    judge = train.validation(executor, data)
    before = judge()
    weights = [keras.ops.convert_to_numpy(variable) for variable in graph.trainable_variables]
    executor.settle(batches[-SETTLING_STEPS:])
    after = judge()
    assert after["val_loss"] < before["val_loss"] / 2
    for variable, weight in zip(graph.trainable_variables, weights, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), weight)


@pytest.mark.parametrize(("size", "views"), [(1, 1), (2, 3)])
def test_scores_are_averaged_divided_and_exported(size: int, views: int, images: Any, tmp_path: Path) -> None:
    """Ensembles and views of networks with two outputs; a temperature divides the logits and no score."""
    network = build(TrainConfig(architecture="fast", ensemble_size=size, outliers=1))
    logits, scores = network.predict(images, verbose=0)
    divide_logits(network, 2.0)
    halved, same = network.predict(images, verbose=0)
    np.testing.assert_allclose(halved, logits / 2, atol=1e-5)
    np.testing.assert_allclose(same, scores, atol=1e-5)
    viewed = with_views(network, views) if views > 1 else network
    assert without_views(viewed)[1] == views
    exported = export(viewed, tmp_path, images)
    assert exported.difference is not None
    found = exported.outputs(images)
    assert found.scores is not None
    expected = viewed.predict(images, verbose=0)
    np.testing.assert_allclose(found.logits, expected[0], atol=1e-3)
    np.testing.assert_allclose(found.scores, expected[1], atol=1e-3)
    assert member_logits(network).output_shape == ((None, 11) if size == 1 else (None, size, 11))
