"""The programs that exported files are for: each opens a file and predicts, in a process of its own."""

import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _
from mnist_core.models.html import reading
from mnist_core.models.predictor import Predictor

Images = npt.NDArray[np.uint8]
Predict = Callable[[Images], npt.NDArray[np.float32]]
"""(N, 28, 28) → logits (N, 10)."""

WARM_UP, TIMED = 10, 100
"""Predictions of one image."""


def _keras(path: Path) -> Predict:
    import keras

    network = keras.saving.load_model(path, compile=False)
    return lambda images: _logits(network.predict_on_batch(images))


def _saved_model(path: Path) -> Predict:
    import tensorflow as tf

    network = tf.saved_model.load(str(path))
    return lambda images: _logits(network.serve(images))


def _litert(path: Path) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    (given,) = interpreter.get_input_details()
    (logits,) = [each for each in interpreter.get_output_details() if len(each["shape"]) == 2]

    def predict(images: Images) -> npt.NDArray[np.float32]:
        interpreter.resize_tensor_input(given["index"], images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(logits["index"]))

    return predict


def _onnx(path: Path) -> Predict:
    return Predictor(path).logits


def _html(path: Path) -> Predict:
    """The page's network and weights, in ONNX Runtime: the page tests its own scripts when a browser opens it."""
    import onnxruntime

    session = onnxruntime.InferenceSession(reading.network_in(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: np.concatenate([session.run(None, {name: each[None]})[0] for each in images])


def _logits(outputs: Any) -> npt.NDArray[np.float32]:
    first = outputs[0] if isinstance(outputs, list | tuple) else outputs
    return np.asarray(first, np.float32)


RUNTIMES: dict[str, tuple[str, Callable[[Path], Predict]]] = {
    "keras": ("keras", _keras),
    "saved-model": ("tensorflow", _saved_model),
    "onnx": ("onnxruntime", _onnx),
    "litert": ("ai-edge-litert", _litert),
    "html": ("onnxruntime", _html),
}
"""Runtime → the package that it is in, and the function that opens a file."""


def try_file(runtime: str, path: Path, images: Path, target: Path) -> None:
    """Open a file and write its logits, its seconds for an image, and its runtime's version to an .npz.

    Args:
        images: an .npy file of (N, 28, 28) images.

    Raises:
        UnreadableError: the runtime cannot open or run the file.
    """
    package, opening = RUNTIMES[runtime]
    try:
        predict = opening(path)
        given = np.load(images)
        logits = predict(given)
        for _number in range(WARM_UP):
            predict(given[:1])
        took = []
        for image in given[:TIMED]:
            started = time.perf_counter()
            predict(image[None])
            took.append(time.perf_counter() - started)
    except Exception as error:  # each runtime raises whatever it does
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UnreadableError(
            _("{runtime} cannot run the file {file}. {reason}", runtime=package, file=path.name, reason=reason)
        ) from error
    np.savez(target, logits=logits, seconds=statistics.median(took), version=f"{package} {version(package)}")
