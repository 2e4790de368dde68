"""How fast this machine trains, kept in the workspace. A trainer measures it once, and trainings correct it."""

import os
import platform
from contextlib import suppress

from mnist_core.common.errors import StudioError, UnreadableError
from mnist_core.common.files import write_json
from mnist_core.common.records import Record
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import training_time

SHORT_S = 15.0
"""A training that takes no longer says little about the speed."""
LEAST_WORK = 10_000.0
"""Nor does one of less work (`training_time.work`), however long it takes: that is the time of building the network."""


class Speed(Record):
    """A measurement."""

    machine: str
    """Which machine and which backend was measured. A workspace can move to another one."""
    images_per_second: float
    """Training images of the reference network (`evaluation.training_time`)."""


def known(workspace: Workspace) -> float | None:
    """The images that this machine trains on in a second; None if that has not been measured."""
    try:
        speed = Speed.parse(workspace.speed.read_bytes(), workspace.speed.name)
    except (OSError, UnreadableError):
        return None
    return speed.images_per_second if speed.machine == _machine() else None


def keep(workspace: Workspace, images_per_second: float) -> None:
    """Keep a measurement, if the disk has room: no training depends on it."""
    with suppress(StudioError):
        write_json(workspace.speed, Speed(machine=_machine(), images_per_second=images_per_second).values())


def learn(workspace: Workspace, config: TrainConfig, images: int, elapsed_s: float) -> None:
    """Correct the measurement by a whole training, unless it was short or small.

    Args:
        images: the training images of its data set.
    """
    if elapsed_s > SHORT_S and training_time.work(config, images) >= LEAST_WORK:
        keep(workspace, training_time.speed(config, images, elapsed_s))


def _machine() -> str:
    return f"{platform.node()}, {os.cpu_count()} processors, {os.environ.get('KERAS_BACKEND', 'tensorflow')}"
