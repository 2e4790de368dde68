"""The collected drawings and their labels: what fine-tuning learns from."""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.workspace import Workspace
from mnist_core.drawing import strokes
from mnist_core.drawing.strokes import Gray, Strokes

OUTCOMES = (
    "SELECT label, sum(prediction = label), sum(prediction <> label) FROM drawings"
    " WHERE deleted IS NULL AND prediction IS NOT NULL AND model_id = ? GROUP BY label"
)
IN_DOUBT = "deleted IS NULL AND NOT confirmed AND prediction <> label AND probability >= ?"


@dataclass(frozen=True)
class Drawing:
    """One labelled drawing: strokes, or a (28, 28) bitmap where there is nothing better."""

    label: int
    strokes: Strokes | None = None
    bitmap: Gray | None = None
    prediction: int | None = None
    probability: float | None = None
    model_id: str | None = None
    id: int | None = None
    created: str = ""
    confirmed: bool = False
    """Whether the person was asked about its label and kept it."""

    @property
    def image(self) -> Gray:
        """(28, 28) uint8, as the network sees it."""
        if self.strokes is not None:
            return strokes.rasterize(self.strokes)
        assert self.bitmap is not None
        return self.bitmap

    @property
    def sha256(self) -> str:
        """Of the drawing's content; relabelling does not change it."""
        if self.strokes is not None:
            numbers = [[(float(x), float(y)) for x, y in stroke] for stroke in self.strokes]  # 1 and 1.0 are the same
            return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()
        return hashlib.sha256(self.image.tobytes()).hexdigest()


def images(drawings: Sequence[Drawing]) -> npt.NDArray[np.uint8]:
    """(N, 28, 28) uint8."""
    return np.stack([drawing.image for drawing in drawings]) if drawings else np.zeros((0, 28, 28), np.uint8)


def labels(drawings: Sequence[Drawing]) -> npt.NDArray[np.uint8]:
    """(N,) uint8."""
    return np.array([drawing.label for drawing in drawings], np.uint8)


class DrawingStore:
    """The drawings in the workspace's database. What has been added is on the disk."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, drawings: Iterable[Drawing]) -> list[int]:
        """Store them, all or none, and return their ids."""
        rows = [_row(each) for each in drawings]
        with transaction(self._workspace) as connection:
            return [_insert(connection, row) for row in rows]

    def add_new(self, drawings: Iterable[Drawing]) -> tuple[list[int], int]:
        """Like `add`, without those that are there already, content and label; return how many these were, too."""
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
        """How many drawings of each digit, 0 to 9, this model read right and how many wrong, as they were collected."""
        with reading(self._workspace) as connection:
            found = {label: (right, wrong) for label, right, wrong in connection.execute(OUTCOMES, (model_id,))}
        return [found.get(digit, (0, 0)) for digit in range(10)]

    def in_doubt(self, probability: float, limit: int) -> list[Drawing]:
        """Those that the network read as another digit, at least as sure as that; the surest first.

        Not those whose label a person has confirmed.
        """
        return self._select(IN_DOUBT, (probability,), f"probability DESC, id LIMIT {limit}")

    def with_content(self, sha256: str) -> list[Drawing]:
        """The drawings of this content, mostly one."""
        return self._select("deleted IS NULL AND sha256 = ?", (sha256,))

    def lacking(self, contents: Collection[str]) -> int:
        """How many of these sha256 no drawing has."""
        with reading(self._workspace) as connection:
            there = connection.execute(
                "SELECT COUNT(DISTINCT sha256) FROM drawings WHERE deleted IS NULL "
                "AND sha256 IN (SELECT value FROM json_each(?))",
                (json.dumps(list(contents)),),
            ).fetchone()[0]
        return len(contents) - int(there)

    def confirm(self, ids: Sequence[int]) -> None:
        """The label is right, whatever else speaks against it."""
        self._update("confirmed = ?", True, ids)

    def relabel(self, ids: Sequence[int], label: int, *, confirmed: bool = True) -> None:
        """Correct the label; who does that has looked, so it counts as confirmed, unless it is said otherwise."""
        self._update(f"confirmed = {confirmed:d}, label = ?", label, ids)

    def redraw(self, drawing_id: int, new: Strokes, prediction: int, probability: float) -> None:
        """Replace the strokes and what was read: a stroke came after the drawing had been saved."""
        values = (Drawing(0, new).sha256, json.dumps(new), prediction, probability, drawing_id)
        with transaction(self._workspace) as connection:
            connection.execute(
                "UPDATE drawings SET sha256 = ?, strokes = ?, prediction = ?, probability = ? WHERE id = ?", values
            )

    def delete(self, ids: Sequence[int]) -> None:
        """Mark as deleted; `restore` takes it back."""
        self._update("deleted = ?", now(), ids)

    def restore(self, ids: Sequence[int]) -> None:
        self._update("deleted = ?", None, ids)

    def _update(self, assignment: str, value: Any, ids: Sequence[int]) -> None:
        with transaction(self._workspace) as connection:
            connection.executemany(f"UPDATE drawings SET {assignment} WHERE id = ?", [(value, each) for each in ids])

    def _select(self, where: str, values: tuple[Any, ...] = (), order: str = "id") -> list[Drawing]:
        with reading(self._workspace) as connection:
            rows = connection.execute(f"SELECT * FROM drawings WHERE {where} ORDER BY {order}", values).fetchall()
        return [_drawing(row) for row in rows]


def stored(drawing: Drawing) -> tuple[str, str | None, bytes | None]:
    """A drawing's content as a table has it: sha256, strokes, bitmap."""
    return (
        drawing.sha256,
        None if drawing.strokes is None else json.dumps(drawing.strokes),
        None if drawing.bitmap is None else drawing.bitmap.tobytes(),
    )


def content(row: sqlite3.Row) -> tuple[Strokes | None, Gray | None]:
    """The strokes or the bitmap of a table's row."""
    return (
        None if row["strokes"] is None else json.loads(row["strokes"]),
        None if row["bitmap"] is None else np.frombuffer(row["bitmap"], np.uint8).reshape(28, 28),
    )


def _drawing(row: sqlite3.Row) -> Drawing:
    return Drawing(
        row["label"],
        *content(row),
        prediction=row["prediction"],
        probability=row["probability"],
        model_id=row["model_id"],
        id=row["id"],
        created=row["created"],
        confirmed=bool(row["confirmed"]),
    )


def _row(drawing: Drawing) -> tuple[Any, ...]:
    reading = (drawing.label, drawing.prediction, drawing.probability, drawing.model_id)
    return (*stored(drawing), *reading, drawing.confirmed, now())


def _insert(connection: sqlite3.Connection, row: tuple[Any, ...]) -> int:
    return int(
        connection.execute(
            "INSERT INTO drawings (sha256, strokes, bitmap, label, prediction, probability, model_id, confirmed,"
            " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            row,
        ).fetchone()[0]
    )
