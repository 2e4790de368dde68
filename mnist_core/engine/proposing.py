"""A tuned network → the proposal in its run's folder, tested."""

from typing import Any

import keras
import numpy as np

from mnist_core import proposals
from mnist_core.engine.export import export
from mnist_core.engine.memory import Images, Memory
from mnist_core.engine.training import energy_threshold
from mnist_core.predictor import Predictor
from mnist_core.registry import Card, Model
from mnist_core.runs import Run

AGREED_ON = 256
"""So many images the exported model is compared with Keras' on."""


def propose(
    run: Run, network: keras.Model, card: Card, drawings: Images, memory: Memory, base: Model
) -> dict[str, Any]:
    """Export, and read MNIST's test set once, if it is there.

    Args:
        card: what is known of the model so far; its figures are completed here.
        drawings: (N, 28, 28), which shall not be called "no digit".
        base: what is loaded now.

    Returns:
        mnist_before, mnist_after and test_accuracy, each None where there is no test set.
    """
    run.candidate.mkdir(exist_ok=True)
    difference = export(network, run.candidate, memory.x_kept[:AGREED_ON])
    tuned = Predictor(run.candidate / "model.onnx", threads=0)
    mnist: dict[str, Any] = {"mnist_before": None, "mnist_after": None, "test_accuracy": None}
    if memory.x_test is not None and memory.y_test is not None:
        test, known = (memory.x_test, memory.y_test), base.card.mnist_test_accuracy
        mnist["mnist_before"] = _tested(Predictor(base.onnx, threads=0), *test) if known is None else known
        mnist["mnist_after"] = mnist["test_accuracy"] = _tested(tuned, *test)
    some = np.concatenate([memory.x_kept[: 10 * AGREED_ON], drawings])
    complete = {
        "figures": card.figures | {k: v for k, v in mnist.items() if v is not None} | {"onnx_difference": difference},
        "parameters": network.count_params(),
        "energy_threshold": energy_threshold(tuned.logits(some)),
    }
    proposals.write(run, card.model_copy(update=complete))
    return mnist


def _tested(model: Predictor, x: Images, y: Images) -> float:
    """Accuracy on the test set."""
    return float((model.logits(x).argmax(axis=1) == y).mean())
