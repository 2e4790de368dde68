"""What fine-tuning gains for people: each writer's first drawings are learned, the last ones are the test.

Each tuning is complete, as in the app and on the command line, from the data to the test. It runs in this process,
which has done its imports like the standby trainer. Only the report uses the writers' last drawings.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from mnist_core.benchmarks.personal_trials import Trial
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing, images, labels
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data.datasets import MNIST_MD5, Dataset
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

TAUGHT, TESTED = 100, 100
"""The number of each writer's drawings to learn from and to test on."""
ROUNDS, IN_A_ROUND = 10, 25

Writers = dict[str, list[Drawing]]


class Tuned(BaseModel):
    """One fine-tuning and its figures; if it was not accepted, "after" is the base."""

    trial: str
    writer: str
    drawings: int
    accepted: bool
    alpha: float
    label_issues: int
    tested: int
    right_before: int
    right_after: int
    mnist_before: float
    mnist_after: float
    seconds: float


def by_writer(path: Path) -> Writers:
    """Writer → labelled drawings in their order, of those writers who have enough.

    Raises:
        InputError: nobody has.
    """
    writers: Writers = {}
    for drawing in file_formats.read(path):
        if drawing.writer is not None and drawing.label is not None:
            writers.setdefault(drawing.writer, []).append(drawing)
    enough = {writer: drawings for writer, drawings in writers.items() if len(drawings) >= TAUGHT + TESTED}
    if not enough:
        raise InputError(
            _('{file}: no "writer" has at least {count:,} labelled drawings.', file=str(path), count=TAUGHT + TESTED)
        )
    return enough


def tune_each(
    trials: Sequence[Trial], writers: Writers, base: Model, mnist: Dataset, tell: Callable[[str], None]
) -> Iterator[Tuned]:
    """Each trial with each writer, in turns, from `base`."""
    before = _mnist_accuracy(base, mnist)
    for writer, own in writers.items():
        for trial in trials:
            drawings = trial.hand(own)
            taken = trial.taken(drawings[:-TESTED], base)
            if len(taken) < 2:
                continue
            tell(_("Writer {writer}: {name} …", writer=writer, name=trial.name))
            if trial.naive:
                yield _naively(trial.name, writer, taken, drawings[-TESTED:], base, mnist)
                continue
            with _studio(base, mnist if trial.mnist_at_hand else None) as (workspace, model):
                try:
                    report, tuned = tune(workspace, model, taken, trial.changes)
                except InputError as error:  # a layer that this network does not have
                    tell(_("  Left out. {problem}", problem=error.text))
                    continue
                yield _outcome(trial.name, writer, drawings[-TESTED:], report, (model, tuned), mnist, before)


def in_a_row(writers: Writers, base: Model, mnist: Dataset, tell: Callable[[str], None]) -> Iterator[Tuned]:
    """Ten rounds, each on the next writer's first drawings, from the model that the last round left.

    The test is the accuracy on the first writer's last drawings.
    """
    chosen = list(writers)[:ROUNDS]
    before, test = _mnist_accuracy(base, mnist), writers[chosen[0]][-TESTED:]
    with _studio(base, mnist) as (workspace, model):
        start = model
        for number, writer in enumerate(chosen, 1):
            tell(_("Round {number}, writer {writer} …", number=number, writer=writer))
            report, model = tune(workspace, model, writers[writer][:IN_A_ROUND], {})
            yield _outcome(f"round {number}", writer, test, report, (start, model), mnist, before)


def tune(
    workspace: Workspace, base: Model, taken: list[Drawing], changes: dict[str, Any]
) -> tuple[FineTuneReport, Model]:
    """One fine-tuning, as `finetune` does it; return its report and the model that is active afterwards."""
    from mnist_core.engine.worker import work

    config = FineTuneConfig.checked(model=base.id, **changes)
    job = Jobs(workspace).submit("fine_tune", config, drawings=taken, by=Process.of(os.getpid()))
    work(job, workspace, threading.Event())
    run = Run.at(workspace, job.id)
    report = run.report_as(FineTuneReport)
    assert report is not None
    return report, candidates.keep(workspace, run) if report.accepted else base


@contextmanager
def _studio(base: Model, mnist: Dataset | None) -> Iterator[tuple[Workspace, Model]]:
    """A workspace that is thrown away, `base` in it, on a machine that has this MNIST, or none."""
    with tempfile.TemporaryDirectory() as folder, _environment(MNIST_STUDIO_DATA="", KERAS_HOME=folder):
        workspace = Workspace.open(folder)
        registry = Registry(workspace)
        if mnist is not None:
            np.savez(workspace.datasets / "mnist.npz", **{name: getattr(mnist, name) for name in MNIST_MD5})
        if base == registry.active():
            yield workspace, base
            return

        def copy(target: Path) -> None:
            for path in (base.keras, base.onnx):
                (target / path.name).write_bytes(path.read_bytes())

        yield workspace, registry.add(base.card.model_copy(update={"base": None, "initial_weights": None}), copy)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Environment variables, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _outcome(
    trial: str,
    writer: str,
    test: list[Drawing],
    report: FineTuneReport,
    models: tuple[Model, Model],
    mnist: Dataset,
    mnist_before: float,
) -> Tuned:
    x, y = images(test), labels(test)
    before, after = (Predictor.of(model).accuracy(x, y).right for model in models)
    return Tuned(
        trial=trial,
        writer=writer,
        drawings=report.drawings - report.earlier,
        accepted=report.accepted,
        alpha=report.alpha,
        label_issues=len(report.label_issues),
        tested=len(test),
        right_before=before,
        right_after=after,
        mnist_before=mnist_before,
        mnist_after=_mnist_accuracy(models[1], mnist) if report.accepted else mnist_before,
        seconds=report.total_seconds,
    )


def _naively(trial: str, writer: str, taken: list[Drawing], test: list[Drawing], base: Model, mnist: Dataset) -> Tuned:
    from mnist_core.benchmarks.baselines import naive_tuning

    started = time.monotonic()
    network = naive_tuning.tune(base.keras, images(taken), labels(taken))
    seconds = round(time.monotonic() - started, 3)
    x, y = images(test), labels(test)
    after = network.predict(mnist.x_test, batch_size=250, verbose=0).argmax(axis=1)
    return Tuned(
        trial=trial,
        writer=writer,
        drawings=len(taken),
        accepted=True,
        alpha=1.0,
        label_issues=0,
        tested=len(test),
        right_before=Predictor.of(base).accuracy(x, y).right,
        right_after=int((network.predict(x, verbose=0).argmax(axis=1) == y).sum()),
        mnist_before=_mnist_accuracy(base, mnist),
        mnist_after=float((after == mnist.y_test).mean()),
        seconds=seconds,
    )


def _mnist_accuracy(model: Model, mnist: Dataset) -> float:
    return Predictor.of(model, threads=0).accuracy(mnist.x_test, mnist.y_test).share
