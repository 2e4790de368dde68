"""A tuned model that waits in its run's folder for Keep or Discard."""

import shutil
import threading
from pathlib import Path

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace, write_json
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Card, Model, Registry

CARD = "card.json"
FILES = ("model.keras", "model.onnx")
_keeping = threading.Lock()


def write(run: Run, card: Card) -> None:
    """Complete the candidate: the model's files are there already, and with its card it counts."""
    write_json(run.candidate / CARD, card.model_dump())


def pending(run: Run) -> Card | None:
    """The candidate's card, None where there is nothing to decide."""
    path = run.candidate / CARD
    return Card.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None


def keep(workspace: Workspace, run: Run) -> Model:
    """Register the proposed model and make it the loaded one.

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
    model = registry.of_run(run.id) or registry.add(card, copy)
    Jobs(workspace).set_state(run.id, "completed", model_id=model.id)
    registry.activate(model.id)
    discard(run)
    return model


def discard(run: Run) -> None:
    """Forget the candidate; the loaded model stays as it is."""
    shutil.rmtree(run.candidate, ignore_errors=True)
