"""Keras' other backends train, too: a short training in a process of its own."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.engine.backends.table import BACKENDS
from mnist_core.models.registry import Registry
from tests.conftest import ROOT


@pytest.mark.parametrize("backend", sorted(set(BACKENDS) - {keras.backend.backend()}))
@pytest.mark.slow
def test_a_short_training(backend: str, tiny_npz: Path, workspace: Workspace) -> None:
    """All that is random, averaged weights and the export included; the model predicts better than chance."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed here; it is too large to make everybody download it")
    report = train(backend, tiny_npz, workspace)
    assert report["test_accuracy"] > 0.3
    assert report["onnx_difference"] < 1e-3
    assert Registry(workspace).get(report["model_id"]).onnx.exists()
    if backend == "jax":
        compiled = {file.name for file in workspace.compiled.iterdir()}
        assert compiled
        train(backend, tiny_npz, workspace, "--seed", "1")
        assert compiled == {file.name for file in workspace.compiled.iterdir()}, "the next one compiles nothing"


@pytest.mark.slow
def test_the_fits_of_a_fine_tuning() -> None:
    """Their tests pass on JAX, too."""
    folder = ROOT / "tests" / "engine" / "fine_tuning"
    files = [str(folder / name) for name in ("test_fine_tuner.py", "test_features.py")]
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning", *files, backend="jax")


@pytest.mark.slow
def test_several_devices() -> None:
    """Four CPUs of JAX stand for four GPUs."""
    file = ROOT / "tests" / "engine" / "backends" / "several_devices.py"
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning", str(file))
    python(*words, backend="jax", XLA_FLAGS="--xla_force_host_platform_device_count=4")


@pytest.mark.slow
def test_two_processes() -> None:
    """Each holds all images and computes half of every batch; both end with what a single process would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

    def part(processes: int, number: int) -> list[float]:
        module = "tests.engine.backends.one_of_two_processes"
        ended = python("-m", module, address, str(processes), str(number), backend="jax")
        result: list[float] = json.loads(ended.splitlines()[-1])
        return result

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda number: part(2, number), range(2))
    assert first == second
    np.testing.assert_allclose(first, part(1, 0), atol=1e-4)


def train(backend: str, dataset: Path, workspace: Workspace, *more: str) -> dict[str, Any]:
    words = ["train", "--preset", "quick", "--dataset", str(dataset), "--epochs", "4", "--batch-size", "30", *more]
    words += ["--rotation", "5", "--dropout", "0.1", "--ema-decay", "0.5", "--workspace", str(workspace.root)]
    ended = python("-m", "mnist_core", *words, "--json", backend=backend)
    report: dict[str, Any] = json.loads(ended)
    return report


def python(*words: str, backend: str, **environment: str) -> str:
    """What a process says whose Keras has this backend."""
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT, capture_output=True, text=True, check=False, 
        env={**os.environ, "KERAS_BACKEND": backend, **environment},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


TWO_WAYS = """
import numpy as np
from mnist_core.data import synthetic
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.backends.on_jax import OnJax
from mnist_core.engine.training.train import compile_network
from mnist_core.engine.training.training_data import Data

images, labels = synthetic.generate(90, seed=0)
data = Data(images, labels, np.arange(80), np.arange(80, 90))
batches = np.arange(60, dtype=np.int32).reshape(3, 20)
weights = []
for in_a_loop in (True, False):
    made = compile_network(TrainConfig(architecture="fast", dropout=0.1, ema_decay=0.9), data, None)
    OnJax(made.graph, data.targets, in_a_loop=in_a_loop).train(batches, np.array([0.01, 0.02, 0.01], np.float32))
    weights.append(made.network.get_weights())
print(max(float(np.abs(one - other).max()) for one, other in zip(*weights, strict=True)))
"""


@pytest.mark.slow
def test_jax_takes_steps_in_a_loop_as_one_by_one() -> None:
    """On a GPU the steps of a call are compiled together, on a CPU each for itself: the weights are the same."""
    assert float(python("-c", TWO_WAYS, backend="jax")) < 1e-4
