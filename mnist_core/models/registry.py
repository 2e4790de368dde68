"""The models: their files, cards and lineage, and which one is loaded.

A model is a folder with `model.keras` (to train on), `model.onnx` (to predict with) and `card.json` (what it
is and where it came from). It is written once and never changed; its name and note are the user's and live
in the database, as does the choice of the loaded model.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import ASSETS, Workspace, replacing_folder, write_json

SHIPPED = "shipped"
ACTIVE = "active_model"

Kind = Literal["shipped", "trained", "fine-tuned", "imported"]


class Card(BaseModel):
    """What a model is and where it came from; written once, beside the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    architecture: str
    parameters: int
    created: str
    command: str = ""
    config: dict[str, Any] = {}
    data: dict[str, Any] = {}
    """Which data it learned from: names, counts, and for a fine-tuned model each drawing's id and sha256."""
    figures: dict[str, float] = {}
    """Measured on it: test_accuracy, validation_accuracy, onnx_difference, …"""
    energy_threshold: float | None = None
    parent: str | None = None
    origin: str | None = None
    """For a fine-tuned model: the ancestor whose weights the tuning started from."""
    run: str | None = None
    usable: bool = True
    """False where the input or output is not that of a digit model (an import): shown, not used."""

    @property
    def mnist_test_accuracy(self) -> float | None:
        """Accuracy on MNIST's test set; None where it was not measured, as after training on something else."""
        on_mnist = "mnist" in (self.data.get("name"), self.data.get("replayed"))
        return self.figures.get("test_accuracy") if on_mnist else None

    @property
    def tested(self) -> str:
        """How well it read its test set, and which that was; empty where there was none."""
        accuracy = self.figures.get("test_accuracy")
        if accuracy is None:
            return ""
        on = "MNIST" if self.mnist_test_accuracy is not None else self.data.get("name", "its test set")
        return f"{accuracy:.2%} on {on}"


@dataclass(frozen=True)
class Model:
    """A registered model."""

    id: str
    name: str
    note: str
    card: Card
    folder: Path

    @property
    def keras(self) -> Path:
        return self.folder / "model.keras"

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.keras, self.onnx) if path.exists())

    @property
    def learned(self) -> set[str]:
        """The sha256 of each drawing that was part of its fine-tuning."""
        return {each["sha256"] for each in self.card.data.get("drawings", [])}

    @property
    def seen(self) -> set[str]:
        """What it learned, and what was left out of its fine-tuning because the label was in doubt."""
        return self.learned | set(self.card.data.get("left_out", []))


@lru_cache(1)
def shipped() -> Model:
    """The model that comes with the program; it can be neither renamed nor deleted."""
    folder = ASSETS / SHIPPED
    card = Card.model_validate_json((folder / "card.json").read_text(encoding="utf-8"))
    return Model(SHIPPED, card.name, "", card.model_copy(update={"kind": "shipped", "parent": None}), folder)


class Registry:
    """The models of a workspace, and the shipped one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, card: Card, write: Callable[[Path], None]) -> Model:
        """Register a model whose files `write(folder)` makes: it appears complete, or not at all.

        A name that is taken gets a number.
        """
        model_id = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with replacing_folder(self._workspace.models / model_id) as folder:
            write(folder)
            write_json(folder / "card.json", card.model_dump())
        with transaction(self._workspace) as connection:
            connection.execute(
                "INSERT INTO models (id, name, parent, card, created) VALUES (?, ?, ?, ?, ?)",
                (model_id, self._free_name(connection, card.name), card.parent, card.model_dump_json(), now()),
            )
        return self.get(model_id)

    def all(self) -> list[Model]:
        """Newest first, the shipped model last."""
        return [*self._newest_first("deleted IS NULL"), shipped()]

    def deleted(self) -> list[Model]:
        """What `restore` can bring back, newest first."""
        return self._newest_first("deleted IS NOT NULL")

    def _newest_first(self, where: str) -> list[Model]:
        with reading(self._workspace) as connection:
            rows = connection.execute(f"SELECT * FROM models WHERE {where} ORDER BY seq DESC").fetchall()
        return [*map(self._model, rows)]

    def get(self, model_id: str) -> Model:
        """The model with this id, deleted ones too (lineage may still name them).

        Raises:
            InputError: there is none.
        """
        if model_id == SHIPPED:
            return shipped()
        with reading(self._workspace) as connection:
            row = connection.execute("SELECT * FROM models WHERE id = ?", (model_id,)).fetchone()
        if row is None:
            raise InputError(f"There is no model {model_id!r}. See them with: python -m mnist_core models list")
        return self._model(row)

    def find(self, name: str) -> Model:
        """The model with this id or, newest first, this name; the loaded one for "".

        Raises:
            InputError: there is none.
        """
        if not name:
            return self.active()
        for model in self.all():
            if name in (model.id, model.name):
                return model
        names = ", ".join(repr(model.name) for model in self.all()[:8])
        raise InputError(f"There is no model {name!r}. There are: {names}.")

    def active(self) -> Model:
        """The model that Draw reads with: the user's choice, else the shipped one."""
        with reading(self._workspace) as connection:
            row = connection.execute(
                "SELECT models.* FROM models JOIN settings ON settings.value = models.id"
                " WHERE settings.key = ? AND models.deleted IS NULL",
                (ACTIVE,),
            ).fetchone()
        return self._model(row) if row else shipped()

    def of_run(self, run_id: str) -> Model | None:
        """The model that this run has registered, unless it is deleted."""
        with reading(self._workspace) as connection:
            row = connection.execute(
                "SELECT * FROM models WHERE json_extract(card, '$.run') = ? AND deleted IS NULL ORDER BY seq DESC",
                (run_id,),
            ).fetchone()
        return self._model(row) if row else None

    def activate(self, model_id: str) -> Model:
        """Make it the loaded one; a deleted one is restored by that.

        Raises:
            InputError: there is none, or it is no digit model.
        """
        model = self.get(model_id)
        if not model.card.usable:
            raise InputError(f"{model.name} does not take (28, 28) images and give 10 logits, so it cannot be loaded.")
        with transaction(self._workspace) as connection:
            self._restore(connection, model_id)
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (ACTIVE, model_id))
        return self.get(model_id)

    def rename(self, model_id: str, name: str) -> None:
        """Raises:
        InputError: the name is empty or longer than 100 characters, or it is the shipped model.
        """
        if model_id == SHIPPED:
            raise InputError("The model that comes with the program cannot be renamed.")
        if not (name := name.strip()) or len(name) > 100:
            raise InputError("A model's name has 1 to 100 characters.")
        with transaction(self._workspace) as connection:
            free = self._free_name(connection, name, except_id=model_id)
            connection.execute("UPDATE models SET name = ? WHERE id = ?", (free, model_id))

    def annotate(self, model_id: str, note: str) -> None:
        self._set(model_id, "note", note)

    def delete(self, model_id: str) -> None:
        """Hide it; `restore` takes it back. Its files stay, so that its descendants keep their ancestor.

        Raises:
            InputError: it is the shipped model.
        """
        if model_id == SHIPPED:
            raise InputError("The model that comes with the program cannot be deleted.")
        self._set(model_id, "deleted", now())

    def restore(self, model_id: str) -> None:
        """Take a deletion back. If its name has been taken meanwhile, it gets a number."""
        with transaction(self._workspace) as connection:
            self._restore(connection, model_id)

    def seen_along(self, model: Model) -> set[str]:
        """The sha256 of each drawing that was given to the model's fine-tuning, or to an ancestor's."""
        return set().union(*(each.seen for each in self.lineage(model)))

    def lineage(self, model: Model) -> list[Model]:
        """The model, its parent, its parent's parent, …, as far as they are in this registry."""
        line = [model]
        with suppress(InputError):
            while line[-1].card.parent:
                line.append(self.get(line[-1].card.parent))
        return line

    def _restore(self, connection: sqlite3.Connection, model_id: str) -> None:
        row = connection.execute("SELECT name FROM models WHERE id = ?", (model_id,)).fetchone()
        if row is not None:
            free = self._free_name(connection, row["name"], except_id=model_id)
            connection.execute("UPDATE models SET deleted = NULL, name = ? WHERE id = ?", (free, model_id))

    def _set(self, model_id: str, column: str, value: str | None) -> None:
        with transaction(self._workspace) as connection:
            connection.execute(f"UPDATE models SET {column} = ? WHERE id = ?", (value, model_id))

    def _model(self, row: sqlite3.Row) -> Model:
        folder = self._workspace.models / row["id"]
        return Model(row["id"], row["name"], row["note"], Card(**json.loads(row["card"])), folder)

    def _free_name(self, connection: sqlite3.Connection, name: str, except_id: str = "") -> str:
        rows = connection.execute("SELECT name FROM models WHERE deleted IS NULL AND id <> ?", (except_id,))
        taken = {row["name"] for row in rows} | {SHIPPED, shipped().name}
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        return free
