"""How many images of the reference network this machine trains on in a second (`evaluation.training_time`).

A waiting trainer measures it once, so that the first estimates are there before the first training. Then each training
that is long enough corrects it.
"""

import time
from collections.abc import Callable

import keras
import numpy as np

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.training.train import CPU, compile_network
from mnist_core.engine.training.training_data import Data
from mnist_core.jobs import speed

MEASURED_S = 1.0
STEPS = 4
"""In one call of the device."""


def keep_if_unknown(workspace: Workspace, somebody_waits: Callable[[], bool]) -> None:
    """Measure the speed, unless it is known or a job comes in between; keep it in the workspace.

    Not on a GPU, because a waiting trainer must not hold its memory.
    """
    if speed.known(workspace) is not None or devices.available() != [CPU] or somebody_waits():
        return
    if measured := _measured(somebody_waits):
        speed.keep(workspace, measured)


def _measured(somebody_waits: Callable[[], bool]) -> float | None:
    """The best of several rounds, since other programs can only make a round slower; None if a job came."""
    config = TrainConfig()
    images = np.arange(config.batch_size)
    data = Data(np.zeros((len(images), 28, 28), np.uint8), (images % 10).astype(np.uint8), images, images)
    executor = compile_network(config, data, None).executor
    batches = np.tile(images.astype(np.int32), (STEPS, 1))
    rates = np.zeros(STEPS, np.float32)
    executor.train(batches, rates)  # compiles
    best, started = 0.0, time.monotonic()
    while time.monotonic() - started < MEASURED_S:
        if somebody_waits():
            return None
        before = time.monotonic()
        executor.train(batches, rates)
        best = max(best, batches.size / (time.monotonic() - before))
    keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them
    return best
