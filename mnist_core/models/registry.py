"""The models: their files, cards and lineage, and which one is active.

A model is a folder with `model.keras` (to train on), `model.onnx` (to predict with) and `card.json` (its description).
A fine-tuned model has its drawings as well. The folder is written once and never changed. The name, the note and the
choice of the active model are the user's and are in the database.
"""

import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from mnist_core.common import names
from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.files import replacing_folder, write_json
from mnist_core.common.language import Text, _, advice, listed
from mnist_core.common.workspace import ASSETS, Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model, Unreadable, where_models_are_listed

SHIPPED = "shipped"
ACTIVE = "active_model"
NOTHING_LEARNED = Learned()


@lru_cache(1)
def shipped() -> Model:
    """The model that comes with the program. It can be neither renamed nor deleted."""
    folder = ASSETS / SHIPPED
    card = Card.parse((folder / "card.json").read_bytes(), _("The shipped model's card"))
    sources = (folder / "NOTICE.md").read_text(encoding="utf-8")
    shown = card.model_copy(update={"kind": "shipped", "base": None, "sources": sources})
    return Model(SHIPPED, card.name, "", shown, folder)


@lru_cache(512)
def _card(text: str, source: str) -> Card:
    """Parsed once: a card never changes, and every list of models needs all of them."""
    return Card.parse(text, source)


class Registry:
    """The models of a workspace, and the shipped one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(
        self,
        card: Card,
        write: Callable[[Path], None],
        learned: Learned = NOTHING_LEARNED,
        model_id: str = "",
    ) -> Model:
        """Register a model whose files `write(folder)` makes. It appears complete or not at all.

        A name that is taken gets a number. A run, or a point of a compression, registers one model. If it has one
        already, perhaps from another process a moment ago, that one is returned, and restored if it was deleted.

        Args:
            learned: the drawings of its fine-tuning.
            model_id: of a model that comes from another workspace and keeps its id; by default, a new one.
        """
        model_id = model_id or f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        place = self._workspace.models / model_id
        with replacing_folder(place) as folder:
            write(folder)
            write_json(folder / "card.json", card.values())
        try:
            with transaction(self._workspace) as connection:
                registered = self._insert(connection, model_id, card, learned)
        except StudioError:  # the database is locked, or the disk is full
            shutil.rmtree(place, ignore_errors=True)
            raise
        if registered != model_id:
            shutil.rmtree(place, ignore_errors=True)
        return self.get(registered)

    def _insert(self, connection: sqlite3.Connection, model_id: str, card: Card, learned: Learned) -> str:
        """The id of the run's model: this one, or the one that the run has registered already."""
        inserted = connection.execute(
            "INSERT INTO models (id, name, base, run, card, created) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (run) DO NOTHING",
            (model_id, self._free_name(connection, card.name), card.base, card.made_in, card.text(), now()),
        ).rowcount
        if not inserted:
            before = str(connection.execute("SELECT id FROM models WHERE run = ?", (card.made_in,)).fetchone()["id"])
            self._restore(connection, before)
            return before
        rows = [(model_id, each, False) for each in learned.learned]
        rows += [(model_id, each, True) for each in learned.left_out - learned.learned]
        connection.executemany("INSERT INTO learned VALUES (?, ?, ?)", rows)
        return model_id

    def all(self) -> list[Model]:
        """Newest first, the shipped model last."""
        return [*self._newest_first("deleted IS NULL"), shipped()]

    def deleted(self) -> list[Model]:
        """What `restore` can bring back, newest first."""
        return self._newest_first("deleted IS NOT NULL")

    def _newest_first(self, where: str) -> list[Model]:
        return [each for each in self._select(where) if isinstance(each, Model)]

    def unreadable(self, *, deleted: bool = False) -> list[Unreadable]:
        """Models that cannot be used because their card is damaged or another version wrote it; newest first."""
        where = f"deleted IS {'NOT ' if deleted else ''}NULL"
        return [each for each in self._select(where) if isinstance(each, Unreadable)]

    def _select(self, where: str, values: tuple[str, ...] = ()) -> list[Model | Unreadable]:
        with reading(self._workspace) as connection:
            rows = connection.execute(f"SELECT * FROM models WHERE {where} ORDER BY seq DESC", values).fetchall()
        return [*map(self._model, rows)]

    def get(self, model_id: str) -> Model:
        """The model with this id, deleted ones too (lineage may still name them).

        Raises:
            InputError: there is none.
            UnreadableError: its card cannot be read.
        """
        if model_id == SHIPPED:
            return shipped()
        found = self._select("id = ?", (model_id,))
        if not found:
            raise InputError(_("There is no model {id!r}. {advice}", id=model_id, advice=where_models_are_listed()))
        if isinstance(found[0], Unreadable):
            raise UnreadableError(found[0].problem)
        return found[0]

    def find(self, name: str) -> Model:
        """The model with this id or, newest first, this name; the active one for "".

        Raises:
            InputError: there is none.
            UnreadableError: its card cannot be read.
        """
        if not name:
            return self.active()
        models = [*self._select("deleted IS NULL"), shipped()]
        found = next((each for each in models if name in (each.id, each.name)), None)
        if found is None:
            known = listed(repr(model.name) for model in self.all()[:8])
            raise InputError(_("There is no model {name!r}. Available: {known}.", name=name, known=known))
        if isinstance(found, Unreadable):
            raise UnreadableError(
                _(
                    "The model {name} ({id}) is unreadable. {problem} Import it or train it again, or use another "
                    "model. {advice}",
                    name=found.name,
                    id=found.id,
                    problem=found.problem,
                    advice=where_models_are_listed(),
                )
            )
        return found

    def of_config(self, name: str) -> Model:
        """The model that a run's config names: by its id, even if it has been deleted; otherwise as `find` does.

        Raises:
            InputError: there is none.
            UnreadableError: its card cannot be read.
        """
        with suppress(InputError):
            return self.get(name)
        return self.find(name)

    def active(self) -> Model:
        """The model that Draw predicts with: the user's choice, or the shipped one if that is missing or unreadable."""
        chosen = self._chosen()
        return chosen if isinstance(chosen, Model) else shipped()

    @property
    def passed_over(self) -> Text:
        """That the user's choice of the active model is unreadable, so that another one takes its place; else ""."""
        chosen = self._chosen()
        if not isinstance(chosen, Unreadable):
            return Text("")
        return _(
            "The active model {name} ({id}) is unreadable, so {other} takes its place. {problem}",
            name=chosen.name, id=chosen.id, other=self.active().name, problem=chosen.problem,
        )  # fmt: skip

    def _chosen(self) -> Model | Unreadable | None:
        """The user's choice of the active model; None if there is none or it is deleted."""
        found = self._select("deleted IS NULL AND id = (SELECT value FROM settings WHERE key = ?)", (ACTIVE,))
        return found[0] if found else None

    def of_run(self, made_in: str) -> Model | None:
        """The model of this `Card.made_in`, such as the id of a run, unless it is deleted."""
        return next(
            (each for each in self._select("run = ? AND deleted IS NULL", (made_in,)) if isinstance(each, Model)), None
        )

    def made_by(self, run_id: str, *, deleted: bool = True) -> list[Model]:
        """Every model whose card names this run: a compression, and runs of earlier versions, may have several.

        Args:
            deleted: whether deleted models count.
        """
        where = "CASE WHEN json_valid(card) THEN json_extract(card, '$.run') END = ?"
        if not deleted:
            where += " AND deleted IS NULL"
        return [each for each in self._select(where, (run_id,)) if isinstance(each, Model)]

    def activate(self, model_id: str, *, anyway: bool = False) -> Model:
        """Make it the active one, and restore it if it is deleted.

        Args:
            anyway: even if it is an imported model that predicts few digits correctly.

        Raises:
            InputError: there is no such model, it is not a digit model, its ONNX file is missing or damaged, or it
                predicts few digits correctly.
        """
        model = self.get(model_id)
        if model.without_onnx:
            raise InputError(model.without_onnx)
        if not model.card.usable:
            raise InputError(
                _(
                    "{name} does not map (28, 28) images to 10 logits, so it cannot be the active model.",
                    name=model.name,
                )
            )
        if model.reads_badly and not anyway:
            raise InputError(model.reads_badly)
        with transaction(self._workspace) as connection:
            self._restore(connection, model_id)
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (ACTIVE, model_id))
        return self.get(model_id)

    def rename(self, model_id: str, name: str) -> None:
        """Raises:
        InputError: the name is blank or too long, or it is the shipped model.
        """
        if model_id == SHIPPED:
            raise InputError(_("The model that comes with the program cannot be renamed."))
        name = names.of_model(name)
        with transaction(self._workspace) as connection:
            free = self._free_name(connection, name, except_id=model_id)
            connection.execute("UPDATE models SET name = ? WHERE id = ?", (free, model_id))

    def annotate(self, model_id: str, note: str) -> None:
        self._set(model_id, "note", names.note(note))

    def delete(self, model_id: str) -> None:
        """Hide it until `restore`. Its files stay, so that its descendants keep their ancestor.

        Raises:
            InputError: it is the shipped model.
        """
        if model_id == SHIPPED:
            raise InputError(_("The model that comes with the program cannot be deleted."))
        self._set(model_id, "deleted", now())

    def restore(self, model_id: str) -> str:
        """Undo a deletion and return the model's name, which gets a number if it has been taken meanwhile.

        Raises:
            InputError: there is no such model.
        """
        with transaction(self._workspace) as connection:
            name = self._restore(connection, model_id)
        if name is None:
            raise InputError(
                _(
                    "There is no model {id!r}. {advice}",
                    id=model_id,
                    advice=advice(
                        app=_("The Models page lists the deleted models."),
                        command_line=_("To list these models, run: mnist-studio models list --deleted"),
                    ),
                )
            )
        return name

    def learned(self, model_id: str) -> Learned:
        """The drawings of a model's fine-tuning; none if it was not fine-tuned."""
        with reading(self._workspace) as connection:
            rows = connection.execute("SELECT sha256, left_out FROM learned WHERE model_id = ?", (model_id,)).fetchall()
        return Learned(
            learned=frozenset(sha256 for sha256, left_out in rows if not left_out),
            left_out=frozenset(sha256 for sha256, left_out in rows if left_out),
        )

    def seen_along(self, model: Model) -> set[str]:
        """The sha256 of each drawing in the fine-tuning set of the model or of an ancestor."""
        drawings = (self.learned(each.id) for each in self.lineage(model))
        return set().union(*(each.learned | each.left_out for each in drawings))

    def lineage(self, model: Model) -> list[Model]:
        """The model, its base, its base's base, …, as far as they are in this registry and readable."""
        line = [model]
        with suppress(InputError, UnreadableError):
            while line[-1].card.base:
                line.append(self.get(line[-1].card.base))
        return line

    def training_of(self, model: Model) -> TrainConfig | None:
        """How it was trained: its own training, or that of the nearest ancestor with one. None if that is unknown."""
        configs = (each.card.config for each in self.lineage(model))
        return next((each for each in configs if isinstance(each, TrainConfig)), None)

    def _restore(self, connection: sqlite3.Connection, model_id: str) -> str | None:
        """Its name after the restoration; None if there is no such model."""
        row = connection.execute("SELECT name FROM models WHERE id = ?", (model_id,)).fetchone()
        if row is None:
            return None
        free = self._free_name(connection, row["name"], except_id=model_id)
        connection.execute("UPDATE models SET deleted = NULL, name = ? WHERE id = ?", (free, model_id))
        return free

    def _set(self, model_id: str, column: str, value: str | None) -> None:
        with transaction(self._workspace) as connection:
            connection.execute(f"UPDATE models SET {column} = ? WHERE id = ?", (value, model_id))

    def _model(self, row: sqlite3.Row) -> Model | Unreadable:
        folder = self._workspace.models / row["id"]
        try:
            card = _card(row["card"], _("The card of model {id}", id=row["id"]))
        except UnreadableError as error:
            return Unreadable(row["id"], row["name"], error.text, folder)
        return Model(row["id"], row["name"], row["note"], card, folder)

    def _free_name(self, connection: sqlite3.Connection, name: str, except_id: str = "") -> str:
        rows = connection.execute("SELECT name FROM models WHERE deleted IS NULL AND id <> ?", (except_id,))
        taken = {row["name"] for row in rows} | {SHIPPED, shipped().name}
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        return free
