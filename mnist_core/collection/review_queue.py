"""Drawings that nobody has labelled: what the network was least sure of is asked about first.

A label teaches most where the network hesitates between two digits (margin sampling: Scheffer et al. 2001), as long
as the questions are not all of one kind.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_core.collection import drawings
from mnist_core.collection.drawings import Drawing, content, stored
from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.drawing.strokes import Gray, Strokes
from mnist_core.models.predictor import Predictor

KEPT = 1000
"""More than a person will ever answer; of what comes on top, the surest are forgotten: they would be asked for last."""
ALIKE = 3
"""At most so many are shown that were read as the same digit."""


@dataclass(frozen=True)
class Unlabelled:
    """A drawing without a label, and what the network read in it."""

    strokes: Strokes | None
    bitmap: Gray | None
    prediction: int
    probability: float
    margin: float
    """The probability of the most likely digit less that of the second."""
    model_id: str
    id: int | None = None

    @property
    def image(self) -> Gray:
        """(28, 28) uint8, as the network sees it."""
        return Drawing(0, self.strokes, self.bitmap).image


def read(
    contents: Iterable[tuple[Strokes | None, Gray | None]], predictor: Predictor, model_id: str
) -> list[Unlabelled]:
    """Drawings, each strokes or a bitmap, with what the model reads in them.

    Left out are empty ones, and all where the model is broken and gives no probabilities (NaN).
    """
    drawn = [Drawing(0, strokes, bitmap) for strokes, bitmap in contents]
    images = drawings.images(drawn)
    found = []
    for drawing, image, probabilities in zip(drawn, images, predictor.probabilities(images), strict=True):
        if image.any() and np.isfinite(probabilities).all():
            second, first = np.sort(probabilities)[-2:].tolist()
            prediction = int(probabilities.argmax())
            found.append(Unlabelled(drawing.strokes, drawing.bitmap, prediction, first, first - second, model_id))
    return found


class ReviewQueue:
    """The unlabelled drawings in the workspace's database."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, unlabelled: Sequence[Unlabelled]) -> int:
        """Store those that are neither waiting nor collected already; return how many new ones wait now."""
        rows = [_row(each) for each in unlabelled]
        with transaction(self._workspace) as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM unlabelled").fetchone()
            connection.executemany(
                "INSERT INTO unlabelled (sha256, strokes, bitmap, prediction, probability, margin, model_id, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
                rows,
            )
            connection.execute(_FORGET_COLLECTED)
            connection.execute(_FORGET_SUREST, (KEPT,))
            (added,) = connection.execute("SELECT count(*) FROM unlabelled WHERE id > ?", (last,)).fetchone()
        return int(added)

    def count(self) -> int:
        """How many wait."""
        with reading(self._workspace) as connection:
            return int(connection.execute("SELECT count(*) FROM unlabelled").fetchone()[0])

    def next(self, limit: int) -> list[Unlabelled]:
        """The least sure first, at most `ALIKE` of them read as the same digit."""
        with reading(self._workspace) as connection:
            rows = [row for digit in range(10) for row in connection.execute(LEAST_SURE, (digit, ALIKE))]
        return [_unlabelled(row) for row in sorted(rows, key=lambda row: (row["margin"], row["id"]))[:limit]]

    def label(self, unlabelled_id: int, digit: int) -> int:
        """Move one to the collected drawings, and return its id there.

        Raises:
            InputError: it does not wait any more.
        """
        with transaction(self._workspace) as connection:
            moved = connection.execute(
                "INSERT INTO drawings (sha256, strokes, bitmap, label, prediction, probability, model_id, created)"
                " SELECT sha256, strokes, bitmap, ?, prediction, probability, model_id, created"
                " FROM unlabelled WHERE id = ? RETURNING id",
                (digit, unlabelled_id),
            ).fetchone()
            if moved is None:
                raise InputError("This drawing has been labelled or dropped already.")
            connection.execute("DELETE FROM unlabelled WHERE id = ?", (unlabelled_id,))
        return int(moved["id"])

    def dismiss(self, unlabelled_id: int) -> None:
        """Drop one for good."""
        with transaction(self._workspace) as connection:
            connection.execute("DELETE FROM unlabelled WHERE id = ?", (unlabelled_id,))


LEAST_SURE = "SELECT * FROM unlabelled WHERE prediction = ? ORDER BY margin, id LIMIT ?"
_FORGET_COLLECTED = (
    "DELETE FROM unlabelled WHERE EXISTS"
    " (SELECT 1 FROM drawings WHERE drawings.sha256 = unlabelled.sha256 AND deleted IS NULL)"
)
_FORGET_SUREST = (
    "DELETE FROM unlabelled WHERE id IN (SELECT id FROM unlabelled ORDER BY margin DESC, id DESC"
    " LIMIT max(0, (SELECT count(*) FROM unlabelled) - ?))"
)


def _row(unlabelled: Unlabelled) -> tuple[Any, ...]:
    read = (unlabelled.prediction, unlabelled.probability, unlabelled.margin, unlabelled.model_id)
    return (*stored(Drawing(0, unlabelled.strokes, unlabelled.bitmap)), *read, now())


def _unlabelled(row: sqlite3.Row) -> Unlabelled:
    names = ("prediction", "probability", "margin", "model_id", "id")
    return Unlabelled(*content(row), *(row[name] for name in names))
