"""A model → points: the model itself, and smaller ones that can be kept."""

import shutil
import time
from collections.abc import Callable

from mnist_core.common.errors import InputError
from mnist_core.config.schema import CompressConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.compression import cards, files, stages
from mnist_core.engine.compression.material import gather
from mnist_core.engine.compression.measuring import measure
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control, Stop
from mnist_core.evaluation.reports import CompressReport
from mnist_core.jobs import preflight
from mnist_core.jobs.progress import Progress
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry


class StopsOnce:
    """A `Control` that obeys one Stop: what is finished by then is still measured."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.stopped = False

    def check(self) -> float:
        try:
            return self._control.check()
        except Stop:
            if self.stopped:
                return 0.0
            self.stopped = True
            raise


def compress(context: RunContext[CompressConfig]) -> CompressReport:
    """Do what the config asks for, step by step, and leave the points in the run's folder.

    A run that was cut off starts again.

    Raises:
        Discard, Interrupted: as `Control.check` does.
        Stop: before anything was finished.
        InputError: the model cannot be compressed so.
        StudioError: a training diverged, or data, device or memory are missing.
    """
    started = time.monotonic()
    config, workspace, run = context.config, context.workspace, context.run
    device = devices.choose(config.device)
    base = Registry(workspace).of_config(config.model)
    check_model(base, trains=config.trains)
    shutil.rmtree(run.points, ignore_errors=True)
    run.rewind(-1)
    run.write_progress(Progress(device=device))
    control = StopsOnce(context.control)
    around = context.with_control(control)
    around.tell("loading")
    dataset = datasets.load(config.dataset, workspace, _downloading(around))
    material = gather(config, workspace, base, dataset)
    work = stages.Work(around, base, material, device)
    found = [files.base_of(base)]
    try:
        for candidate in work.candidates(found[0]):
            found.append(candidate)
    except Stop:
        if len(found) == 1:
            raise
    around.tell("measuring", warnings=material.warnings)
    first, *others = measure(found, material, control.check)
    for each in others:
        cards.write(context, base, each, first.point, material)
    return CompressReport(
        base=base.name,
        base_id=base.id,
        dataset=dataset.name,
        points=tuple(each.point for each in (first, *others)),
        warnings=tuple(material.warnings),
        fit_seconds=round(work.fit_seconds, 3),
        device=device,
        seed=config.seed,
        stopped=control.stopped,
        total_seconds=round(time.monotonic() - started, 3),
    )


def _downloading(context: RunContext[CompressConfig]) -> Callable[[float], None]:
    return lambda share: context.tell("downloading", share=share)


def check_model(base: Model, *, trains: bool) -> None:
    """Raises:
    InputError: it is no digit model, cannot predict, is in int8 already, or lacks the network to train.
    """
    if why := preflight.not_compressible(base, trains=trains):
        raise InputError(why)
