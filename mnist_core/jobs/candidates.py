"""A fine-tuned model that waits in its run's folder for Keep or Discard."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import write_json
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import FILES, Model
from mnist_core.models.registry import Registry

CARD, LEARNED = "card.json", "learned.json"
LOCKED_S = 60
"""Seconds to wait for another process that keeps or discards the same candidate."""


def write(run: Run, card: Card, learned: Learned) -> None:
    """Complete the candidate. The model's files are there already; the card makes it count."""
    write_json(run.candidate / LEARNED, learned.values())
    write_json(run.candidate / CARD, card.values())


def is_pending(run: Run) -> bool:
    """Whether a candidate waits."""
    return (run.candidate / CARD).exists()


def pending(run: Run) -> Card | None:
    """The candidate's card; None if none waits."""
    path = run.candidate / CARD
    return Card.parse(path.read_bytes(), _("The candidate of run {run}", run=run.id)) if is_pending(run) else None


def keep(workspace: Workspace, run: Run) -> Model:
    """Register the candidate and make it the active model, if it has the ONNX file that predicts.

    Two tabs, or two apps on one workspace, may keep the same candidate. Only one model is made.

    Raises:
        InputError: there is no candidate in this run.
        StudioError: another process holds it.
    """
    with alone(run):
        registry = Registry(workspace)
        if (card := pending(run)) is not None:
            return _keep(workspace, registry, run, card)
        if (kept := registry.of_run(run.id)) is not None:
            return kept
        raise InputError(_("This fine-tuning has no candidate to keep. It may have been discarded."))


def _keep(workspace: Workspace, registry: Registry, run: Run, card: Card) -> Model:
    def copy(folder: Path) -> None:
        for name in FILES:
            if (run.candidate / name).exists():
                shutil.copy(run.candidate / name, folder)
        if run.learned.exists():
            shutil.copy(run.learned, folder / Model.DRAWINGS)

    # If this is cut off, the candidate is still there, and keeping it again registers nothing twice.
    model = registry.of_run(run.id) or registry.add(card, copy, _learned(run))
    Jobs(workspace).set_model(run.id, model.id)
    if not model.without_onnx:
        registry.activate(model.id)
    _forget(run)
    return model


def discard(run: Run) -> None:
    """Forget the candidate; the active model stays as it is.

    Raises:
        StudioError: another process holds it.
    """
    if run.candidate.exists():
        with alone(run):
            _forget(run)


def _forget(run: Run) -> None:
    (run.candidate / CARD).unlink(missing_ok=True)  # with which it counts; Windows may keep a file that is being read
    shutil.rmtree(run.candidate, ignore_errors=True)


@contextmanager
def alone(run: Run) -> Iterator[None]:
    """Keep other threads and processes from keeping or discarding what waits in this run.

    Raises:
        InputError: the run was deleted.
        StudioError: another process holds it.
    """
    if not run.folder.exists():
        raise InputError(_("This run was deleted."))
    try:
        with FileLock(run.folder / "candidate.lock", timeout=LOCKED_S):
            yield
    except Timeout:
        raise StudioError(
            _("Another window or app is keeping or discarding this candidate. Try again in a moment.")
        ) from None


def _learned(run: Run) -> Learned:
    """The drawings that the candidate has learned. Version 0.1 wrote them into the card."""
    path = run.candidate / LEARNED
    if path.exists():
        return Learned.parse(path.read_bytes(), _("{file} of run {run}", file=LEARNED, run=run.id))
    data = json.loads((run.candidate / CARD).read_bytes()).get("data", {})
    return Learned(
        learned=frozenset(each["sha256"] for each in data.get("drawings", [])),
        left_out=frozenset(data.get("left_out", [])),
    )
