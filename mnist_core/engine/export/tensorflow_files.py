"""A Keras file → the files that only TensorFlow writes: SavedModel and LiteRT."""

import contextlib
import importlib.util
import io
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.common import log
from mnist_core.common.errors import StudioError, UnreadableError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.engine.export import int8
from mnist_core.engine.export.apart import run_apart
from mnist_core.models.model import Model

Images = npt.NDArray[np.uint8]


def write(source: Path, target: Path, images: Images | None = None) -> None:
    """Write a SavedModel folder, or the LiteRT file whose name ends with .tflite.

    With another backend of Keras, TensorFlow runs in a process of its own.

    Args:
        source: a .keras file.
        images: makes a LiteRT file in int8; see `int8.litert_in_int8`.

    Raises:
        StudioError: TensorFlow is not installed, or cannot convert this network.
    """
    if keras.backend.backend() == "tensorflow":
        try:
            _write(source, target, images)
        except Exception as error:  # a converter raises whatever its libraries do
            log.logger.warning("%s could not be made.", target.name, exc_info=error)
            raise StudioError(
                _("TensorFlow cannot convert this network ({error}).", error=type(error).__name__)
            ) from error
        return
    if importlib.util.find_spec("tensorflow") is None:
        raise StudioError(_("TensorFlow makes this file. Install it: pip install tensorflow"))
    with scratch_folder() as folder:
        samples = folder / "images.npy"
        if images is not None:
            np.save(samples, images)
        failure = run_apart("tensorflow", write_apart, source, target, samples)
    if failure:
        raise StudioError(_("TensorFlow cannot convert this network ({error}).", error=failure))


def make(model: Model, target: Path, images: Images | None) -> None:
    """`write` for a registered model.

    Raises:
        UnreadableError: its Keras file is missing or damaged.
        StudioError: as for `write`.
    """
    if model.without_keras:
        raise UnreadableError(model.without_keras)
    write(model.keras, target, images)


def write_apart(source: str, target: str, samples: str) -> None:
    """`write`, in a process whose backend is TensorFlow."""
    _write(Path(source), Path(target), np.load(samples) if Path(samples).exists() else None)


def _write(source: Path, target: Path, images: Images | None) -> None:
    network = keras.saving.load_model(source, compile=False)
    if target.suffix == ".tflite":
        network = unrolled(network)
    network(np.zeros((1, 28, 28), np.uint8))  # Keras exports only what has been called once
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if images is not None:
            with scratch_folder() as folder:
                network.export(folder / "saved", format="tf_saved_model", verbose=False)
                int8.litert_in_int8(folder / "saved", target, images)
        elif target.suffix == ".tflite":
            network.export(target, format="litert", verbose=False)
        else:
            network.export(target, format="tf_saved_model", verbose=False)


def unrolled(network: keras.Model) -> keras.Model:
    """The same network without loops, which LiteRT's own operators do not have: a recurrent layer repeats its step."""
    if not _is_recurrent(network):
        return network

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        changes = {"unroll": True} if isinstance(layer, keras.layers.RNN) else {}
        return layer.__class__.from_config({**layer.get_config(), **changes})

    copy = keras.models.clone_model(network, clone_function=clone, recursive=True)
    copy.set_weights(network.get_weights())
    return copy


def _is_recurrent(network: keras.Model) -> bool:
    """Whether it has a recurrent layer, perhaps within another network."""
    return any(
        isinstance(layer, keras.layers.RNN) or (isinstance(layer, keras.Model) and _is_recurrent(layer))
        for layer in network.layers
    )
