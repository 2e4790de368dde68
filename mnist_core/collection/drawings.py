"""The collected drawings: what fine-tuning learns from."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.rows import content, from_row
from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.workspace import Workspace

OUTCOMES = (
    "SELECT label, sum(prediction = label), sum(prediction <> label) FROM drawings"
    " WHERE deleted IS NULL AND prediction IS NOT NULL AND model_id = ? GROUP BY label"
)
POSSIBLE_LABEL_ISSUES = "deleted IS NULL AND NOT confirmed AND prediction <> label AND probability >= ?"
NEW = "deleted IS NULL AND sha256 NOT IN (SELECT sha256 FROM learned WHERE model_id = ?)"
NEW_CORRECTIONS = f"SELECT label, count(*) FROM drawings WHERE prediction <> label AND {NEW} GROUP BY label"
CONTRADICTORY = (
    "SELECT sha256 FROM drawings WHERE deleted IS NULL GROUP BY sha256 HAVING min(label) <> max(label)"
    " ORDER BY max(id) DESC LIMIT ?"
)
OF_CONTENT = "deleted IS NULL AND sha256 IN (SELECT value FROM json_each(?))"


class DrawingStore:
    """The labelled drawings in the workspace's database. Once a method returns, its changes are on disk."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, drawings: Iterable[Drawing]) -> list[int]:
        """Store all of them, or none if the database refuses one; return their ids."""
        rows = [_row(each) for each in drawings]
        with transaction(self._workspace) as connection:
            return [_insert(connection, row) for row in rows]

    def add_new(self, drawings: Iterable[Drawing]) -> tuple[list[int], int]:
        """Like `add`, but skip drawings whose content and label are stored already; also return how many it skipped."""
        rows = [(each.sha256, each.label, _row(each)) for each in drawings]
        added = []
        with transaction(self._workspace) as connection:
            stored = connection.execute("SELECT sha256, label FROM drawings WHERE deleted IS NULL")
            there = set(map(tuple, stored.fetchall()))
            for sha256, label, row in rows:
                if (sha256, label) not in there:
                    there.add((sha256, label))
                    added.append(_insert(connection, row))
        return added, len(rows) - len(added)

    def all(self) -> list[Drawing]:
        """Every drawing that is not deleted, oldest first."""
        return self._select("deleted IS NULL")

    def page(self, label: int, *, limit: int, offset: int = 0) -> list[Drawing]:
        """The drawings of one digit, newest first."""
        return self._select("deleted IS NULL AND label = ?", (label,), f"id DESC LIMIT {limit} OFFSET {offset}")

    def counts(self) -> list[int]:
        """How many drawings there are of each digit, 0 to 9."""
        with reading(self._workspace) as connection:
            rows = connection.execute("SELECT label, count(*) FROM drawings WHERE deleted IS NULL GROUP BY label")
            found = dict(map(tuple, rows.fetchall()))
        return [found.get(digit, 0) for digit in range(10)]

    def outcomes(self, model_id: str) -> list[tuple[int, int]]:
        """For each digit, 0 to 9: how many drawings the model predicted correctly and wrongly when they were made."""
        with reading(self._workspace) as connection:
            found = {label: (right, wrong) for label, right, wrong in connection.execute(OUTCOMES, (model_id,))}
        return [found.get(digit, (0, 0)) for digit in range(10)]

    def new(self, model_id: str) -> int:
        """How many drawings the model's fine-tuning had not been given."""
        with reading(self._workspace) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM drawings WHERE {NEW}", (model_id,)).fetchone()
        return int(found)

    def new_corrections(self, model_id: str) -> list[int]:
        """For each digit, 0 to 9: how many wrongly predicted drawings there are that the model has not learned."""
        with reading(self._workspace) as connection:
            found = dict(map(tuple, connection.execute(NEW_CORRECTIONS, (model_id,)).fetchall()))
        return [found.get(digit, 0) for digit in range(10)]

    def possible_label_issues(self, probability: float, limit: int) -> list[Drawing]:
        """Drawings that the model predicted as another digit with at least this probability, the most certain first.

        Drawings whose label a person has confirmed are left out.
        """
        return self._select(POSSIBLE_LABEL_ISSUES, (probability,), f"probability DESC, id LIMIT {limit}")

    def contradictory(self, limit: int) -> list[list[Drawing]]:
        """Drawings that are exact copies of each other, but with different labels; those of the newest come first."""
        with reading(self._workspace) as connection:
            contents = [content for (content,) in connection.execute(CONTRADICTORY, (limit,))]
        groups: dict[str, list[Drawing]] = {content: [] for content in contents}
        for drawing in self.with_contents(contents):
            groups[drawing.sha256].append(drawing)
        return list(groups.values())

    def contents(self) -> list[tuple[str, int]]:
        """(sha256, label) of every drawing, oldest first; much faster than `all`, because it parses no strokes."""
        with reading(self._workspace) as connection:
            rows = connection.execute("SELECT sha256, label FROM drawings WHERE deleted IS NULL ORDER BY id")
            return [(sha256, label) for sha256, label in rows]

    def with_contents(self, contents: Collection[str]) -> list[Drawing]:
        """The drawings with one of these sha256, oldest first; two drawings may have the same."""
        return self._select(OF_CONTENT, (json.dumps(list(contents)),))

    def missing(self, contents: Collection[str]) -> int:
        """How many of these sha256 no drawing has."""
        with reading(self._workspace) as connection:
            query = f"SELECT count(DISTINCT sha256) FROM drawings WHERE {OF_CONTENT}"
            (found,) = connection.execute(query, (json.dumps(list(contents)),)).fetchone()
        return len(contents) - int(found)

    def confirm(self, ids: Sequence[int]) -> None:
        """Record that a person was asked about the labels and kept them."""
        self._update("confirmed = ?", True, ids)

    def relabel(self, ids: Sequence[int], label: int, *, confirmed: bool = True) -> None:
        """Change the label. It counts as confirmed, because the person has looked at the drawing."""
        self._update(f"confirmed = {confirmed:d}, label = ?", label, ids)

    def delete(self, ids: Sequence[int]) -> None:
        """Mark as deleted; `restore` undoes it."""
        self._update("deleted = ?", now(), ids)

    def restore(self, ids: Sequence[int]) -> None:
        self._update("deleted = ?", None, ids)

    def _update(self, assignment: str, value: Any, ids: Sequence[int]) -> None:
        with transaction(self._workspace) as connection:
            connection.executemany(f"UPDATE drawings SET {assignment} WHERE id = ?", [(value, each) for each in ids])

    def _select(self, where: str, values: tuple[Any, ...] = (), order: str = "id") -> list[Drawing]:
        with reading(self._workspace) as connection:
            rows = connection.execute(f"SELECT * FROM drawings WHERE {where} ORDER BY {order}", values).fetchall()
        return [from_row(row, label=row["label"], confirmed=bool(row["confirmed"])) for row in rows]


def _row(drawing: Drawing) -> tuple[Any, ...]:
    prediction = (drawing.prediction, drawing.probability, drawing.model_id)
    return (*content(drawing), drawing.label, *prediction, drawing.confirmed, now())


def _insert(connection: sqlite3.Connection, row: tuple[Any, ...]) -> int:
    return int(
        connection.execute(
            "INSERT INTO drawings (sha256, strokes, bitmap, label, prediction, probability, model_id, confirmed,"
            " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            row,
        ).fetchone()[0]
    )
