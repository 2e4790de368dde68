"""A fine-tuned model that waits in its run's folder for Keep or Discard."""

import json
import shutil
import threading
from pathlib import Path

from mnist_core.common.errors import InputError
from mnist_core.common.files import write_json
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.registry import Model, Registry

CARD, LEARNED = "card.json", "learned.json"
FILES = ("model.keras", "model.onnx")
_keeping = threading.Lock()


def write(run: Run, card: Card, learned: Learned) -> None:
    """Complete the candidate: the model's files are there already, and with its card it counts."""
    write_json(run.candidate / LEARNED, learned.values())
    write_json(run.candidate / CARD, card.values())


def is_pending(run: Run) -> bool:
    """Whether there is something to decide."""
    return (run.candidate / CARD).exists()


def pending(run: Run) -> Card | None:
    """The candidate's card, None where there is nothing to decide."""
    path = run.candidate / CARD
    return Card.parse(path.read_bytes(), f"The candidate of run {run.id}") if is_pending(run) else None


def keep(workspace: Workspace, run: Run) -> Model:
    """Register the candidate and make it the active model.

    Keep may be pressed in two tabs, at once or one after the other: there is one model all the same.

    Raises:
        InputError: there is no candidate in this run.
    """
    with _keeping:
        registry = Registry(workspace)
        if (card := pending(run)) is not None:
            return _keep(workspace, registry, run, card)
        if (kept := registry.of_run(run.id)) is not None:
            return kept
        raise InputError("This fine-tuning has no candidate to keep (any more).")


def _keep(workspace: Workspace, registry: Registry, run: Run, card: Card) -> Model:
    def copy(folder: Path) -> None:
        for name in FILES:
            shutil.copy(run.candidate / name, folder)

    # Whatever ends this half-way, the candidate is still there, and keeping it again registers nothing twice.
    model = registry.of_run(run.id) or registry.add(card, copy, _learned(run))
    Jobs(workspace).set_model(run.id, model.id)
    registry.activate(model.id)
    discard(run)
    return model


def discard(run: Run) -> None:
    """Forget the candidate; the active model stays as it is."""
    shutil.rmtree(run.candidate, ignore_errors=True)


def _learned(run: Run) -> Learned:
    """The drawings that the candidate has learned. Version 0.1 wrote them into the card."""
    path = run.candidate / LEARNED
    if path.exists():
        return Learned.parse(path.read_bytes(), f"What the candidate of run {run.id} has learned")
    data = json.loads((run.candidate / CARD).read_bytes()).get("data", {})
    return Learned(
        learned=frozenset(each["sha256"] for each in data.get("drawings", [])),
        left_out=frozenset(data.get("left_out", [])),
    )
