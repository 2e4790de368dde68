"""The programs that exported files are for: each opens a file and predicts, in a process of its own."""

import base64
import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.html import reading
from mnist_core.models.predictor import Predictor

Images = npt.NDArray[np.uint8]
WARM_UP, TIMED = 10, 50
"""Predictions of one image."""
PAGE_IN_NODE = Path(__file__).with_name("page_in_node.js")


@dataclass(frozen=True)
class Opened:
    """A file that its runtime has opened."""

    runtime: str
    """The runtime's name and version."""
    predict: Callable[[Images], Outputs]
    timed: bool = True
    """Whether its time for an image means something."""


def _keras(path: Path) -> Opened:
    import keras

    network = keras.saving.load_model(path, compile=False)
    return Opened(_named("keras"), lambda images: _outputs(network.predict_on_batch(images)))


def _saved_model(path: Path) -> Opened:
    import tensorflow as tf

    network = tf.saved_model.load(str(path))
    return Opened(_named("tensorflow"), lambda images: _outputs(network.serve(images)))


def _litert(path: Path) -> Opened:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    (given,) = interpreter.get_input_details()
    # The logits are the output with two sides; the order of the outputs is not that of the network.
    made = sorted(interpreter.get_output_details(), key=lambda each: -len(each["shape"]))

    def predict(images: Images) -> Outputs:
        interpreter.resize_tensor_input(given["index"], images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        return _outputs([interpreter.get_tensor(each["index"]) for each in made])

    return Opened(_named("ai-edge-litert"), predict)


def _onnx(path: Path) -> Opened:
    return Opened(_named("onnxruntime"), Predictor(path).outputs)


def _html(path: Path) -> Opened:
    """The page's scripts in Node.js, if it is installed; otherwise the page's network and weights in ONNX Runtime.

    In a browser, the page tests itself.
    """
    if (node := shutil.which("node")) is None:
        session = onnxruntime.InferenceSession(reading.network_in(path), providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name

        def by_onnx(images: Images) -> Outputs:
            return Outputs.joined([_outputs(session.run(None, {name: each[None]})) for each in images])

        return Opened(_named("onnxruntime"), by_onnx, timed=False)
    process = subprocess.Popen(
        [node, str(PAGE_IN_NODE), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    given, found = process.stdin, process.stdout
    assert given is not None
    assert found is not None

    def predict(images: Images) -> Outputs:
        outputs = []
        for image in images:
            given.write(base64.b64encode(image.tobytes()).decode() + "\n")
            given.flush()
            outputs.append(_outputs(json.loads(found.readline())))
        return Outputs.joined(outputs)

    return Opened(f"Node.js {_version_of(node)}", predict)


def _version_of(node: str) -> str:
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")


def _named(package: str) -> str:
    return f"{package} {version(package)}"


def _outputs(given: Any) -> Outputs:
    """What a runtime gave for images: logits, or a list of logits and scores."""
    arrays = [np.array(each, np.float32) for each in (given if isinstance(given, list | tuple) else [given])]
    return Outputs(*arrays[:2])


RUNTIMES: dict[str, Callable[[Path], Opened]] = {
    "keras": _keras,
    "saved-model": _saved_model,
    "onnx": _onnx,
    "litert": _litert,
    "html": _html,
}
"""The name of a runtime → the function that opens a file in it."""


def try_file(runtime: str, path: Path, images: Path, target: Path) -> None:
    """Open a file and write its outputs, its seconds for an image, and its runtime to an .npz.

    Args:
        images: an .npy file of (N, 28, 28) images.

    Raises:
        UnreadableError: the runtime cannot open or run the file.
    """
    try:
        opened = RUNTIMES[runtime](path)
        given = np.load(images)
        outputs = opened.predict(given)
        seconds = _seconds(opened.predict, given) if opened.timed else np.nan
    except Exception as error:  # each runtime raises whatever it does
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UnreadableError(_("The file {file} cannot be run. {reason}", file=path.name, reason=reason)) from error
    scores = {} if outputs.scores is None else {"scores": outputs.scores}
    np.savez(target, allow_pickle=False, logits=outputs.logits, seconds=seconds, runtime=opened.runtime, **scores)


def _seconds(predict: Callable[[Images], Any], images: Images) -> float:
    """The median time for one image."""
    for _number in range(WARM_UP):
        predict(images[:1])
    took = []
    for image in images[:TIMED]:
        started = time.perf_counter()
        predict(image[None])
        took.append(time.perf_counter() - started)
    return statistics.median(took)
