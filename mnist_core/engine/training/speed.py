"""How many images of the reference network this machine trains on in a second (`evaluation.training_time`).

A waiting trainer measures it once, so that the first estimates are there before the first training. Then each training
that is long enough corrects it.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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
    """As if no other program used the processor; None if a job came."""
    config = TrainConfig()
    images = np.arange(config.batch_size)
    data = Data(np.zeros((len(images), 28, 28), np.uint8), (images % 10).astype(np.uint8), images, images)
    executor = compile_network(config, data, None).executor
    batches = np.tile(images.astype(np.int32), (STEPS, 1))
    rates = np.zeros(STEPS, np.float32)
    executor.train(batches, rates)  # compiles
    rounds, started, (ran, waited) = 0, time.monotonic(), _scheduled()
    while not rounds or time.monotonic() - started < MEASURED_S:
        if somebody_waits():
            return None
        executor.train(batches, rates)
        rounds += 1
    taken, (has_run, has_waited) = time.monotonic() - started, _scheduled()
    keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them
    return rounds * batches.size / taken * (1 + (has_waited - waited) / max(1, has_run - ran))


def _scheduled() -> tuple[int, int]:
    """Nanoseconds that the threads of this process have run, and that they have waited for a processor.

    A waiting trainer has a small share of the processor, so other programs delay it more than they would a training.
    Only Linux tells; elsewhere, nothing is corrected.
    """
    ran = waited = 0
    for thread in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # a thread that has just ended
            run, wait, _ = map(int, thread.read_text("ascii").split())
            ran, waited = ran + run, waited + wait
    return ran, waited
