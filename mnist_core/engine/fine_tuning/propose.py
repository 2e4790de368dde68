"""A tuned network → the candidate in its run's folder, tested."""

from typing import Any

import keras
import numpy as np

from mnist_core.collection.drawing import Drawing
from mnist_core.common.clock import now
from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.export.onnx import export
from mnist_core.engine.fine_tuning.fine_tuning_set import FineTuningSet
from mnist_core.engine.fine_tuning.replay_buffer import Images, ReplayBuffer
from mnist_core.engine.training.register import energy_threshold
from mnist_core.jobs import candidates
from mnist_core.jobs.runs import Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Card, Model

AGREED_ON = 256
"""So many images the exported model is compared with Keras' on."""


def card_of(
    config: FineTuneConfig,
    run: Run,
    base: Model,
    tuning_set: FineTuningSet,
    learned: list[Drawing],
    report: dict[str, Any],
) -> Card:
    """What is known of the tuned model before it is exported."""
    known = {drawing.sha256 for drawing in learned}
    left_out = [drawing.sha256 for drawing in tuning_set.drawings if drawing.sha256 not in known]
    figures = ("drawings_before", "drawings_after", "alpha", "greatest_drop")
    return Card(
        name=config.name or f"{base.name.split(' + ')[0]} + {len(learned)} drawings",
        kind="fine-tuned",
        architecture=base.card.architecture,
        parameters=base.card.parameters,
        created=now(),
        config=config.model_dump(),
        data={
            "drawings": [{"id": each.id, "sha256": each.sha256} for each in learned],
            "left_out": left_out,
            "replayed": report["replayed"],
        },
        figures={name: report[name] for name in figures},
        parent=base.id,
        origin=tuning_set.start.id,
        run=run.id,
    )


def propose(
    run: Run, network: keras.Model, card: Card, drawings: Images, replay: ReplayBuffer, base: Model, *, accepted: bool
) -> dict[str, Any]:
    """Export, and read MNIST's test set once, if it is there.

    Args:
        card: what is known of the model so far; its figures are completed here.
        drawings: (N, 28, 28), which shall not be called "no digit".
        base: what is loaded now.
        accepted: if not, there is a test, but no candidate.

    Returns:
        mnist_before, mnist_after and test_accuracy, each None where there is no test set.
    """
    run.candidate.mkdir(exist_ok=True)
    difference = export(network, run.candidate, replay.x_held_out[:AGREED_ON])
    tuned = Predictor(run.candidate / "model.onnx", threads=0)
    mnist: dict[str, Any] = {"mnist_before": None, "mnist_after": None, "test_accuracy": None}
    if replay.x_test is not None and replay.y_test is not None:
        before = base.card.mnist_test_accuracy
        if before is None:
            before = Predictor(base.onnx, threads=0).accuracy(replay.x_test, replay.y_test).share
        after = tuned.accuracy(replay.x_test, replay.y_test).share
        mnist = {"mnist_before": before, "mnist_after": after, "test_accuracy": after}
    some = np.concatenate([replay.x_held_out[: 10 * AGREED_ON], drawings])
    complete = {
        "figures": card.figures | {k: v for k, v in mnist.items() if v is not None} | {"onnx_difference": difference},
        "parameters": network.count_params(),
        "energy_threshold": energy_threshold(tuned.logits(some)),
    }
    if accepted:
        candidates.write(run, card.model_copy(update=complete))
    else:
        candidates.discard(run)
    return mnist
