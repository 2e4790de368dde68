"""A model → points: the model itself, and smaller ones that can be kept."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _
from mnist_core.config.schema import CompressConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.compression import cards, files, stages
from mnist_core.engine.compression.material import gather
from mnist_core.engine.compression.measuring import Candidate, little_smaller, measure
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control, Stop
from mnist_core.evaluation.reports import CompressReport
from mnist_core.jobs import preflight
from mnist_core.jobs.progress import Progress
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry


class UntilMeasured:
    """A `Control` that obeys a Stop only while models are made: what is finished by then is measured."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.measuring = False
        self.stopped = False

    def check(self) -> float:
        try:
            return self._control.check()
        except Stop:
            if self.measuring:
                return 0.0
            self.stopped = True
            raise


def compress(context: RunContext[CompressConfig]) -> CompressReport:
    """Do what the config asks for, step by step, and leave the points in the run's folder.

    A step that fails ends the compression, like a Stop. A run that was cut off starts again.

    Raises:
        Discard, Interrupted: as `Control.check` does.
        Stop: before anything was finished.
        InputError: the model cannot be compressed so.
        StudioError: data, device or memory are missing, or the first step failed.
    """
    started = time.monotonic()
    config, workspace, run = context.config, context.workspace, context.run
    device = devices.choose(config.device)
    base = Registry(workspace).of_config(config.model)
    check_model(base, trains=config.trains)
    run.rewind(-1)
    run.write_progress(Progress(device=device))
    control = UntilMeasured(context.control)
    around = context.with_control(control)
    around.tell("loading")
    material = gather(config, workspace, base, _downloading(around))
    around.tell("loading", warnings=material.warnings)
    work = stages.Work(around, base, material, device)
    with _only_whole(run.points):
        found = _found(work, files.base_of(base))
        control.measuring = True
        around.tell("measuring", warnings=material.warnings)
        first, *others = measure(found, material, base.card.digit_threshold, control.check)
        for each in others:
            cards.write(context, base, each, first.point, material)
    return CompressReport(
        base=base.name,
        base_id=base.id,
        dataset=material.dataset.name,
        points=tuple(each.point for each in (first, *others)),
        warnings=(*material.warnings, *little_smaller([first, *others])),
        fit_seconds=round(work.fit_seconds, 3),
        device=device,
        seed=config.seed,
        stopped=control.stopped,
        total_seconds=round(time.monotonic() - started, 3),
    )


@contextmanager
def _only_whole(folder: Path) -> Iterator[None]:
    """The folder of the points, empty at first. If the compression does not end well, no files are left there."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _found(work: stages.Work, base: Candidate) -> list[Candidate]:
    """The base and all models that are finished before a Stop or a failure.

    Raises:
        Stop, StudioError, OutOfMemory: before any was finished.
    """
    found = [base]
    try:
        for candidate in work.candidates(base):
            found.append(candidate)
    except Stop:
        if len(found) == 1:
            raise
    except (StudioError, devices.OutOfMemory) as error:
        if len(found) == 1:
            raise
        problem = error.text if isinstance(error, StudioError) else _(devices.NO_MEMORY)
        work.material.warnings.append(
            _("A step failed. {problem} The models before it are finished and can be kept.", problem=problem)
        )
    return found


def _downloading(context: RunContext[CompressConfig]) -> Callable[[float], None]:
    return lambda share: context.tell("downloading", share=share)


def check_model(base: Model, *, trains: bool) -> None:
    """Raises:
    InputError: it is no digit model, cannot predict, is in int8 already, or lacks the network to train.
    """
    if why := preflight.not_compressible(base, trains=trains):
        raise InputError(why)
