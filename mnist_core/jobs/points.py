"""The models of a compression. Each waits in its run's folder and can be kept; the others wait on."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mnist_core.common import names
from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import write_json
from mnist_core.common.language import _, listed
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.candidates import alone
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.model import FILES, Model
from mnist_core.models.registry import Registry

CARD = "card.json"


def write(run: Run, key: str, card: Card) -> None:
    """Complete a point. Its files are in `run.points / key` already; the card makes it count."""
    write_json(run.points / key / CARD, card.values())


def keys(run: Run) -> list[str]:
    """The points that can be kept, kept ones too."""
    return sorted(path.parent.name for path in run.points.glob(f"*/{CARD}"))


def cards(run: Run) -> Iterator[Card]:
    """The cards of the points that can be read."""
    for key in keys(run):
        with suppress(UnreadableError):
            yield _card(run, key)


def kept(workspace: Workspace, run: Run) -> dict[str, Model]:
    """The points that have been kept, by their keys, even if the others were discarded; no model that was deleted."""
    registry = Registry(workspace)
    made = [model.card for model in registry.made_by(run.id)]
    found = {card.compression.point.key: registry.of_run(card.made_in or "") for card in made if card.compression}
    return {key: model for key, model in found.items() if model is not None}


def keep(workspace: Workspace, run: Run, key: str, name: str = "") -> Model:
    """Register a point as a model. The active model stays. A point that has been kept gives the same model again.

    It has the drawings of the base, which the base has learned.

    Args:
        name: of a model that was not kept before; if it is empty, the card names it.

    Raises:
        InputError: there is no such point, it was discarded, or the name is too long.
        UnreadableError: its card is damaged.
        StudioError: another process keeps or discards a point of this run.
    """
    with alone(run):
        if key not in keys(run):
            raise InputError(_no_point(run, key))

        registry, card = Registry(workspace), _card(run, key)
        if name.strip():
            card = card.model_copy(update={"name": names.of_model(name)})
        base = registry.get(card.base or "")

        def copy(folder: Path) -> None:
            for path in [*(run.points / key / name for name in FILES), base.drawings]:
                if path.exists():
                    shutil.copy(path, folder)

        model = registry.add(card, copy, registry.learned(base.id))
        Jobs(workspace).set_model(run.id, model.id)
        return model


def discard(run: Run) -> None:
    """Forget all points. Models that were kept stay.

    Raises:
        StudioError: another process keeps or discards a point of this run.
    """
    if run.points.exists():
        with alone(run):
            for key in keys(run):
                (run.points / key / CARD).unlink(missing_ok=True)  # Windows may keep a file that is being read
            shutil.rmtree(run.points, ignore_errors=True)


def _card(run: Run, key: str) -> Card:
    path = run.points / key / CARD
    return Card.parse(path.read_bytes(), _("The point {key} of run {run}", key=key, run=run.id))


def _no_point(run: Run, key: str) -> str:
    if not (known := keys(run)):
        return _("Run {run} has no models to keep. They may have been discarded.", run=run.id)
    return _("Run {run} has no model {key!r}. Available: {known}.", run=run.id, key=key, known=listed(known))
