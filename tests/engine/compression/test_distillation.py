"""A student learns what its teacher predicts."""

import keras
import numpy as np
import pytest

from mnist_core.config.schema import Augmentation, TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.backends.table import executor_of
from mnist_core.engine.compression import distillation
from mnist_core.engine.compression.distillation import compile_taught, taught_graph
from mnist_core.engine.networks.build import build
from mnist_core.engine.training.graph import make_optimizer

IMAGES = synthetic.generate(64, seed=0)[0]
STEPS = 120


@pytest.mark.parametrize("members", [1, 2])
def test_a_student_learns_from_the_soft_targets(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without labels: it predicts the teacher's digits at the end, and the teacher has not changed."""
    monkeypatch.setattr(distillation, "LABELS", 0.0)
    teacher = build(TrainConfig(architecture="mlp", outliers=1, seed=1))
    weights = teacher.get_weights()
    config = TrainConfig(architecture="mlp", outliers=1, ensemble_size=members, learning_rate=0.001)
    student = build(config)
    graph = taught_graph(student, teacher, IMAGES, Augmentation(shift=0), seed=0)
    compile_taught(graph, make_optimizer(config))
    graph.optimizer.build(graph.trainable_variables)
    wrong = np.eye(11, dtype=np.float32)[np.zeros(64, int)]
    executor, every = executor_of(graph, wrong), np.arange(64, dtype=np.int32)
    wanted = teacher(IMAGES)[0].numpy().argmax(axis=1)
    before = predict_all(executor, every).argmax(axis=1) == wanted
    executor.train(np.tile(every, (STEPS, 1)), np.full(STEPS, config.learning_rate, np.float32))
    after = predict_all(executor, every).argmax(axis=1) == wanted
    assert before.mean() < 0.6 < 0.9 < after.mean()
    for one, other in zip(weights, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(graph.trainable_variables) == len(student.trainable_variables)


def test_a_perfect_student_has_the_least_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """A student that is far away has a gradient, whatever its probabilities are."""
    monkeypatch.setattr(distillation, "LABELS", 0.0)
    teacher = build(TrainConfig(architecture="mlp", outliers=1, seed=1))
    student = build(TrainConfig(architecture="mlp", outliers=1, seed=1))
    graph = taught_graph(student, teacher, IMAGES, Augmentation(shift=0), seed=0)
    compile_taught(graph, keras.optimizers.SGD(0.0))
    targets = np.eye(11, dtype=np.float32)[np.zeros(64, int)]
    losses = []
    for factor in (1.0, 1.1, 100.0, 10_000.0):
        student.set_weights([weight * factor for weight in teacher.get_weights()])
        losses.append(float(graph.compute_loss(y=targets, y_pred=graph(np.arange(64)))))
    assert losses == sorted(losses)
    assert losses[-1] > 10 * losses[-2]


def test_the_teacher_sees_the_same_images() -> None:
    """The augmentation is drawn once for both, and the teacher has no dropout."""
    network = build(TrainConfig(architecture="mlp", dropout=0.5))
    graph = taught_graph(network, network, IMAGES, Augmentation(rotation=20, shift=3), seed=0)
    own, taught = np.split(graph(np.arange(64), training=False).numpy(), 2, axis=1)
    np.testing.assert_allclose(own, taught, rtol=1e-5)
    own, taught = np.split(graph(np.arange(64), training=True).numpy(), 2, axis=1)
    plain = build(TrainConfig(architecture="mlp", dropout=0.5))
    plain.set_weights(network.get_weights())
    assert not np.allclose(own, taught)
    assert not np.allclose(taught, plain(IMAGES).numpy())
