"""Delete models for good: rows, files and hashes of drawings. `Registry.delete` only hides a model.

A model that another one needs stays: fine-tuning starts from the root's weights, and the ancestors of a model tell what
it has learned.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_core.common.database import transaction
from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import storage_errors
from mnist_core.common.language import Text, _, listed, n_
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import candidates, exported, points
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model, Unreadable
from mnist_core.models.registry import ACTIVE, SHIPPED, Registry

MOST_NAMED = 3
"""How many dependents of a model a message names."""


@dataclass(frozen=True)
class Purgeable:
    """A deleted model, and the effect of deleting it for good."""

    id: str
    name: str
    bytes: int
    """What it would free on the disk."""
    needed_by: tuple[str, ...]
    """What was made from it, or will be. The model stays as long as there is any."""


def deleted(workspace: Workspace) -> list[Purgeable]:
    """The deleted models, damaged ones too. Each comes before the models that it was made from."""
    registry, needed = Registry(workspace), _needed(workspace)
    found: list[Model | Unreadable] = [*registry.deleted(), *registry.unreadable(deleted=True)]
    return [Purgeable(each.id, each.name, _bytes(each.folder), tuple(needed[each.id])) for each in found]


def purge(workspace: Workspace, model_id: str) -> int:
    """Delete a model for good; return the number of freed bytes.

    If the process ends in between, the model is still there and can be deleted again.

    Raises:
        InputError: it is the shipped model, there is none, or something needs it.
        StorageError: its files cannot be deleted.
    """
    if model_id == SHIPPED:
        raise InputError(_("The model that comes with the program cannot be deleted."))
    with transaction(workspace) as connection:
        row = connection.execute("SELECT name FROM models WHERE id = ?", (model_id,)).fetchone()
        if row is None:
            raise InputError(_("There is no model {model!r}. It may have been deleted for good.", model=model_id))
        if needed_by := _needed(workspace)[model_id]:
            raise InputError(needs(row["name"], needed_by))
        folder = workspace.models / model_id
        freed = _bytes(folder)
        with storage_errors(folder):
            if folder.exists():
                shutil.rmtree(folder)
        connection.execute("DELETE FROM learned WHERE model_id = ?", (model_id,))
        connection.execute("DELETE FROM settings WHERE key = ? AND value = ?", (ACTIVE, model_id))
        connection.execute("UPDATE jobs SET model_id = NULL WHERE model_id = ?", (model_id,))
        connection.execute("DELETE FROM models WHERE id = ?", (model_id,))
    jobs = Jobs(workspace)
    for job in exported.jobs_of(jobs, workspace, model_id):  # the files that were made of it
        jobs.delete(job.id)
    return freed


def needs(name: str, needed_by: Sequence[str]) -> Text:
    """A sentence that says why a model stays."""
    named = listed(needed_by[:MOST_NAMED])
    if (more := len(needed_by) - MOST_NAMED) > 0:
        named = n_("{named} and {n} more", "{named} and {n:,} more", more, named=named)
    return _(
        "{model} cannot be deleted for good because others depend on it: {named}. Delete or discard these first.",
        model=name,
        named=named,
    )


def _needed(workspace: Workspace) -> dict[str, list[str]]:
    """The id of each model that something needs → the names of what needs it."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, wanted in _wants(workspace):
        for model_id in wanted - {None}:
            found[str(model_id)].append(name)
    return found


def _wants(workspace: Workspace) -> Iterator[tuple[str, set[str | None]]]:
    """What is made from models, and the ids of those models."""
    registry = Registry(workspace)
    for model in (*registry.all(), *registry.deleted()):
        yield model.name, {model.card.base, model.card.initial_weights}
    for path in workspace.runs.glob(f"*/candidate/{candidates.CARD}"):
        with suppress(UnreadableError):
            if (card := candidates.pending(Run.at(workspace, path.parents[1].name))) is not None:
                yield _("candidate {name}", name=card.name), {card.base, card.initial_weights}
    for folder in workspace.runs.glob("*/points"):
        for card in points.cards(Run.at(workspace, folder.parent.name)):
            yield _("candidate {name}", name=card.name), {card.base}
    jobs = Jobs(workspace)
    with_checkpoint = (job for job in jobs.resumable() if Run.at(workspace, job.id).can_go_on)
    for job in (*jobs.unfinished(), *with_checkpoint):
        with suppress(InputError, UnreadableError):  # its model is gone, or its config cannot be read: it needs nothing
            config = Run.at(workspace, job.id).config()
            if wanted := getattr(config, "model", "") or getattr(config, "start_from", ""):
                yield _("run {name}", name=job.title), {registry.of_config(wanted).id}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*"))
