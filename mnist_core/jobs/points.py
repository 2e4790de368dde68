"""The models of a compression. Each waits in its run's folder and can be kept; the others wait on."""

import shutil
from collections.abc import Iterator, Sequence
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
    made = Registry(workspace).made_by(run.id, deleted=False)
    return {model.card.compression.point.key: model for model in made if model.card.compression}


def check(run: Run, wanted: Sequence[str]) -> None:
    """Raises:
    InputError: one of these points is not there, or it was discarded.
    """
    known = keys(run)
    for key in wanted:
        if key not in known:
            raise InputError(_no_point(run, key))


def keep(workspace: Workspace, run: Run, key: str, name: str = "") -> Model:
    """Register a point as a model. The active model stays. A point that has been kept gives the same model again.

    It has the drawings of the base, which the base has learned.

    Args:
        name: of the model, if it is not that in its card. A point that has been kept keeps its name.

    Raises:
        InputError: there is no such point, it was discarded, or the name is too long.
        UnreadableError: its card is damaged.
        StudioError: another process keeps or discards a point of this run.
    """
    with alone(run):
        check(run, [key])
        registry, card = Registry(workspace), _card(run, key)
        model = registry.of_run(card.made_in or "")
        if model is None:
            wanted = names.of_model(name) if names.cleaned(name) else ""
            base = registry.get(card.base or "")
            model = registry.add(card, lambda folder: _copy(run, key, base, folder), registry.learned(base.id))
            if wanted:
                registry.rename(model.id, wanted)
        Jobs(workspace).set_model(run.id, model.id)
        return registry.get(model.id)


def _copy(run: Run, key: str, base: Model, folder: Path) -> None:
    for path in [*(run.points / key / name for name in FILES), base.drawings]:
        if path.exists():
            shutil.copy(path, folder)


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
