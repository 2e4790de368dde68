"""What travels between a driver and a worker."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mnist_core import __version__
from mnist_core.common.files import expanded
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.engine.cluster import folder
from mnist_core.engine.cluster.folder import Changes
from mnist_core.jobs.preflight import DRAWINGS, MODELS
from mnist_core.jobs.runs import Command, Run
from mnist_core.models.card import Card
from mnist_core.models.model import FILES, Model
from mnist_core.models.registry import SHIPPED, Registry

KEPT_AT_HOME = ("command.json", "train.log")
"""Files of a run that the driver writes."""

Order = Command | Literal["interrupt"]
"""The command of a person, or "interrupt": save, and end."""


@dataclass(frozen=True)
class TravellingModel:
    """A registered model with its files."""

    id: str
    card: Card
    files: dict[str, bytes]

    @classmethod
    def of(cls, model: Model) -> "TravellingModel":
        paths = [model.folder / name for name in FILES if (model.folder / name).exists()]
        card = model.card.model_copy(update={"name": model.name})
        return cls(model.id, card, {path.name: path.read_bytes() for path in paths})

    def write(self, place: Path) -> None:
        """Write its files into a folder.

        Raises:
            StudioError: a name leads out of it.
        """
        for name, content in self.files.items():
            folder.inside(place, name).write_bytes(content)


@dataclass(frozen=True)
class Task:
    """A function to call, and everything that it needs but the data set."""

    function: str
    """"module:name"; it takes a `RunContext`."""
    run_id: str
    kind: str
    config: Config
    run: dict[str, bytes]
    """The files of the run: what an earlier attempt has left."""
    files: dict[str, tuple[str, bytes]]
    """Setting that names a file → its name and its content."""
    models: tuple[TravellingModel, ...]
    version: str = __version__

    @classmethod
    def of(cls, function: str, run: Run, config: Config, workspace: Workspace) -> "Task":
        """
        Args:
            run: with the records and checkpoints to continue from.

        Raises:
            InputError: a model that the config names is gone.
        """
        named = {name: Path(expanded(value)) for name in DRAWINGS if (value := getattr(config, name, ""))}
        models = [Registry(workspace).of_config(value) for name in MODELS if (value := getattr(config, name, ""))]
        return cls(
            function, run.id, run.kind(), config,
            {name: each for name, each in folder.contents(run.folder).items() if name not in KEPT_AT_HOME},
            {name: (path.name, path.read_bytes()) for name, path in named.items()},
            tuple(TravellingModel.of(each) for each in models if each.id != SHIPPED),
        )  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a task has ended."""

    how: Literal["done", "stopped", "interrupted", "discarded", "failed", "broken"]
    """"stopped" is a stop with nothing to keep; a task is broken if it failed for a reason that nobody foresaw."""
    result: Any = None
    """What the function has returned."""
    reason: Text = field(default_factory=lambda: Text(""))
    """Why it has failed."""
    models: tuple[TravellingModel, ...] = ()
    """What it has registered."""
    trace: str = ""
    """Where it broke."""


@dataclass(frozen=True)
class Update:
    """What has changed in a run since the last look."""

    changes: Changes = field(default_factory=Changes)
    ended: Ended | None = None


@dataclass(frozen=True)
class WorkerInfo:
    """Who a worker is."""

    version: str
    host: str
