"""A trained network → the two files that the registry keeps, checked against each other."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import StudioError
from mnist_core.models.predictor import Predictor

TOLERANCE = 1e-3
"""How far a logit of the exported model may lie from Keras' own."""


def in_float32(network: keras.Model) -> keras.Model:
    """The same network computing in float32, whatever precision it was trained in: what is kept and exported."""

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        is_input = isinstance(layer, keras.layers.InputLayer)
        return layer.__class__.from_config(layer.get_config() if is_input else _with_float32(layer.get_config()))

    copy = keras.models.clone_model(network, clone_function=clone)
    copy.set_weights(network.get_weights())
    return copy


def _with_float32(config: dict[str, Any]) -> dict[str, Any]:
    """A layer's config with another number format, also for the layers inside it, such as a recurrent layer's cell."""
    return {
        name: "float32" if name == "dtype" else _with_float32(value) if isinstance(value, dict) else value
        for name, value in config.items()
    }


def export(network: keras.Model, folder: Path, sample: npt.NDArray[np.uint8]) -> float:
    """Write model.keras and model.onnx into `folder`; return the largest difference of a logit between them.

    Args:
        network: a float32 model (28, 28) uint8 → logits.
        sample: (N, 28, 28) uint8 images to compare on.

    Raises:
        StudioError: the two do not agree.
    """
    network.save(folder / "model.keras")
    with keras.device("cpu"):  # a GPU multiplies float32 with ten bits less, as TF32
        reloaded = keras.models.load_model(folder / "model.keras", compile=False)
        _export_onnx(reloaded, folder)
        expected = keras.ops.convert_to_numpy(reloaded(sample, training=False))
    difference = float(np.abs(Predictor(folder / "model.onnx").logits(sample) - expected).max())
    if not difference <= TOLERANCE:
        raise StudioError(f"The exported model differs from the trained one by {difference:.2g}; it was not kept.")
    return difference


def _export_onnx(network: keras.Model, folder: Path) -> None:
    """model.onnx, by TensorFlow whatever the backend, or by PyTorch where TensorFlow is not installed.

    JAX's own way needs a package more, and two backends in one process would share the memory of a GPU.
    """
    if keras.backend.backend() == "tensorflow":
        write_onnx(network, folder)
        return
    code = f"import sys; from pathlib import Path; from {__name__} import export_saved; export_saved(Path(sys.argv[1]))"
    converter = "tensorflow" if importlib.util.find_spec("tensorflow") else "torch"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**os.environ, "KERAS_BACKEND": converter, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StudioError(f"The model could not be exported: {done.stderr.strip().splitlines()[-1]}")


def write_onnx(network: keras.Model, folder: Path) -> None:
    """model.onnx, by the present backend."""
    network(np.zeros((1, 28, 28), np.uint8))  # Keras exports only what has been called once
    with contextlib.redirect_stdout(io.StringIO()):  # tf2onnx prints where --json's result belongs
        network.export(folder / "model.onnx", format="onnx", verbose=False)


def export_saved(folder: Path) -> None:
    """Export the model.keras in `folder`, in a process of its own with another backend."""
    write_onnx(keras.models.load_model(folder / "model.keras", compile=False), folder)
