"""One training on several devices is the training on one. `test_backends` runs this file with JAX and four CPUs."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.on_jax import OnJax
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted
from mnist_core.engine.training.graph import Resident
from mnist_core.engine.training.lr_range_test import find_learning_rate
from mnist_core.engine.training.train import compile_network
from mnist_core.engine.training.training_data import Data
from mnist_core.jobs.runs import Run
from tests.engine.trainings import Free, go, small_loop, start

RANDOM: dict[str, Any] = {"dropout": 0.1, "ema_decay": 0.9, "rotation": 10.0, "shift": 2.0}
BATCHES = np.arange(60, dtype=np.int32).reshape(3, 20)
RATES = np.array([0.001, 0.002, 0.001], np.float32)


def steps_on(device: str, *, in_a_loop: bool) -> list[Any]:
    """What three steps leave: losses, weights, predictions, and the weights with settled statistics."""
    images, labels = synthetic.generate(90, seed=0)
    data = Data(images, labels, np.arange(80), np.arange(80, 90))
    with devices.using(devices.choose(device)):
        made = compile_network(TrainConfig(architecture="fast", **RANDOM), data, None)
        executor = OnJax(made.graph, data.targets, in_a_loop=in_a_loop)
        losses = executor.train(BATCHES, RATES).loss
        weights = made.network.get_weights()
        logits = executor.predict(np.arange(7, dtype=np.int32))  # which cannot be divided by four
        executor.settle(BATCHES)
        return [losses, *weights, logits, *made.network.get_weights()]


def test_steps_are_those_of_one_device() -> None:
    """Gradients, normalisation, augmentation, dropout, averages: as long as the rounding has not added up."""
    one = steps_on("cpu", in_a_loop=False)
    for in_a_loop in (False, True):
        for mine, other in zip(one, steps_on("all", in_a_loop=in_a_loop), strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-4)


def test_a_run_resumes_on_another_number_of_devices(tiny_npz: Path, workspace: Workspace) -> None:
    """A checkpoint belongs to no device: four, then two, then one."""
    config = TrainConfig(
        architecture="mlp", dataset=str(tiny_npz), epochs=3, batch_size=20, optimizer="sgd", **RANDOM
    )  # fmt: skip
    straight = small_loop(config, workspace, start(config, workspace))
    straight.run()
    run = start(config, workspace, "moved")
    for device, at in (("all", 3), ("cpu:1,cpu:2", 3), ("cpu", 10**9)):
        with devices.using(devices.choose(device)):
            loop = small_loop(config, workspace, run)
            loop.control = control = Free(at, Interrupted)
            control.steps = 0
            assert loop.resume() == (device != "all")
            if device == "cpu":
                loop.run()
            else:
                with pytest.raises(Interrupted):
                    loop.run()
    for mine, other in zip(straight.network.get_weights(), loop.network.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-4)
    np.testing.assert_allclose(loop.position.losses, straight.position.losses, atol=1e-4)


def test_a_batch_must_be_divisible(tiny_npz: Path, workspace: Workspace) -> None:
    """It is said before the network is built, with a size that is possible."""
    config = TrainConfig(architecture="mlp", dataset=str(tiny_npz), batch_size=30, device="all")
    with pytest.raises(InputError, match=r"30 images cannot be divided equally among 4 devices.* such as 28\."):
        go(config, workspace, start(config, workspace))


def test_a_range_test_uses_them(tiny_npz: Path, workspace: Workspace) -> None:
    config = TrainConfig(architecture="mlp", dataset=str(tiny_npz), batch_size=20, device="cpu:0,cpu:2")
    run = Run.create(workspace, "r", "lr_find", config)
    assert find_learning_rate(RunContext(config, workspace, run, Free())).device == "cpu:0,cpu:2"


def test_the_names_that_are_allowed_are_told() -> None:
    with pytest.raises(InputError, match=r"no gpu:1\. Allowed: auto, all, cpu:0, cpu:1, cpu:2, cpu:3, cpu"):
        devices.choose("gpu:1")


def test_each_device_has_many_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras initialises a variable of more than 250 MB over all devices in another way; here, each one."""
    monkeypatch.setattr("keras.src.backend.jax.core.should_shard_at_init", lambda _layout, _shape: True)
    images, _labels = synthetic.generate(5, seed=0)
    with devices.using(devices.choose("all")):
        resident = Resident(images)
        np.testing.assert_array_equal(resident(np.array([3, 1], np.int32)), images[[3, 1]])
        assert resident.array.value.sharding.device_set == set(jax.devices())
