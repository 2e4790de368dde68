"""A tuned network → the proposal in its run's folder, tested."""

from typing import Any

import keras
import numpy as np

from mnist_core import proposals
from mnist_core.engine.export import export
from mnist_core.engine.memory import Images, Memory
from mnist_core.engine.training import energy_threshold
from mnist_core.engine.tuner import Logits
from mnist_core.predictor import Predictor
from mnist_core.registry import Card
from mnist_core.runs import Run

AGREED_ON = 256
"""So many images the exported model is compared with Keras' on."""


def propose(
    run: Run, network: keras.Model, card: Card, drawings: Images, memory: Memory, tested_before: Logits | None
) -> dict[str, Any]:
    """Export, and read MNIST's test set once, if it is there.

    Args:
        card: what is known of the model so far; its figures are completed here.
        drawings: (N, 28, 28), which shall not be called "no digit".
        tested_before: the base's logits of the test set.

    Returns:
        mnist_before, mnist_after and test_accuracy, each None where there is no test set.
    """
    run.candidate.mkdir(exist_ok=True)
    difference = export(network, run.candidate, memory.x_kept[:AGREED_ON])
    tuned = Predictor(run.candidate / "model.onnx", threads=0)
    mnist: dict[str, Any] = {"mnist_before": None, "mnist_after": None, "test_accuracy": None}
    if memory.x_test is not None and tested_before is not None:
        mnist["mnist_before"] = float((tested_before.argmax(axis=1) == memory.y_test).mean())
        mnist["mnist_after"] = float((tuned.logits(memory.x_test).argmax(axis=1) == memory.y_test).mean())
        mnist["test_accuracy"] = mnist["mnist_after"]
    some = np.concatenate([memory.x_kept[: 10 * AGREED_ON], drawings])
    complete = {
        "figures": card.figures | {k: v for k, v in mnist.items() if v is not None} | {"onnx_difference": difference},
        "parameters": network.count_params(),
        "energy_threshold": energy_threshold(tuned.logits(some)),
    }
    proposals.write(run, card.model_copy(update=complete))
    return mnist
