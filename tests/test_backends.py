"""Keras' other backends train, too: a short training in a process of its own."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.registry import Registry
from mnist_core.workspace import Workspace

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_short_training(backend: str, tiny_npz: Path, workspace: Workspace) -> None:
    """All that is random, averaged weights and the export included; the model reads better than chance."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed here; it is too large to make everybody download it")
    words = ["train", "--preset", "quick", "--dataset", str(tiny_npz), "--epochs", "4", "--batch-size", "30"]
    more = ["--rotation", "5", "--dropout", "0.1", "--weight-averaging", "0.5", "--workspace", str(workspace.root)]
    ended = subprocess.run(
        [sys.executable, "-m", "mnist_core", *words, *more, "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "KERAS_BACKEND": backend},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["test_accuracy"] > 0.3
    assert report["onnx_difference"] < 1e-3
    assert Registry(workspace).get(report["model_id"]).onnx.exists()
