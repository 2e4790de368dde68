"""Unlabelled drawings: those with the least certain predictions come first.

A label teaches most if the model is undecided between two digits (margin sampling: Scheffer et al. 2001), as long as
the questions are not all about the same digit. Before them come drawings whose digit somebody has suggested.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.collection.drawing import Drawing, batches
from mnist_core.collection.rows import content, from_row
from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace

if TYPE_CHECKING:
    from mnist_core.models.predictor import Predictor

KEPT = 1000
"""More than a person will ever label. A longer queue loses the most certain ones, which come last anyway. Those with a
suggested digit stay, unless they alone are more."""
ALIKE = 3
"""At most this many drawings with the same prediction are shown at once."""


def predicted(drawings: Sequence[Drawing], predictor: "Predictor", model_id: str) -> list[Drawing]:
    """The drawings with the model's prediction, its probability and its margin.

    Empty drawings are left out. So are those for which a broken model gives no finite probabilities.
    """
    found = []
    for batch, given in batches(drawings):
        for drawing, image, probabilities in zip(batch, given, predictor.probabilities(given), strict=True):
            if image.any() and np.isfinite(probabilities).all():
                second, first = np.sort(probabilities)[-2:].tolist()
                found.append(
                    replace(
                        drawing,
                        prediction=int(probabilities.argmax()),
                        probability=first,
                        margin=first - second,
                        model_id=model_id,
                    )
                )
    return found


@dataclass(frozen=True)
class Queued:
    """What became of drawings for the queue, in numbers."""

    new: int
    """They wait now and did not before."""
    waiting: int
    """They were waiting already, or are among the drawings twice."""
    collected: int
    """The collection has them."""
    certain: int
    """The queue was full, and these had the most certain predictions."""


class ReviewQueue:
    """The unlabelled drawings in the workspace's database."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, drawings: Sequence[Drawing]) -> int:
        """Store those from `predicted` that are neither waiting nor collected yet; return how many new ones wait."""
        return self.take_in(drawings).new

    def take_in(self, drawings: Sequence[Drawing]) -> Queued:
        """Like `add`; return what became of each drawing."""
        return self._store(drawings, None)

    def _store(self, drawings: Sequence[Drawing], suggested: int | None) -> Queued:
        rows = [(*_row(each), suggested) for each in drawings]
        contents = json.dumps([each.sha256 for each in drawings])
        with transaction(self._workspace) as connection:
            (collected,) = connection.execute(_COLLECTED, (contents,)).fetchone()
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM unlabelled").fetchone()
            connection.executemany(
                "INSERT INTO unlabelled"
                " (sha256, strokes, bitmap, prediction, probability, margin, model_id, created, suggested)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256)"
                " DO UPDATE SET suggested = excluded.suggested WHERE excluded.suggested NOTNULL",
                rows,
            )
            connection.execute(_DROP_COLLECTED)
            (fresh,) = connection.execute("SELECT count(*) FROM unlabelled WHERE id > ?", (last,)).fetchone()
            connection.execute(_DROP_MOST_CERTAIN, (KEPT,))
            (new,) = connection.execute("SELECT count(*) FROM unlabelled WHERE id > ?", (last,)).fetchone()
        return Queued(new, len(rows) - fresh - collected, collected, fresh - new)

    def suggest(self, drawing: Drawing, digit: int) -> bool:
        """Store a drawing with its prediction and the digit that somebody says it is; a person decides.

        Returns whether it waits, which it does not if it has been collected.
        """
        return self._store([drawing], digit).collected == 0

    def count(self) -> int:
        """How many drawings wait."""
        with reading(self._workspace) as connection:
            return int(connection.execute("SELECT count(*) FROM unlabelled").fetchone()[0])

    def next(self, limit: int) -> list[Drawing]:
        """The drawings to ask about, smallest margin first, at most `ALIKE` with the same prediction.

        Those with a suggested digit come first and have it as their label.
        """
        with reading(self._workspace) as connection:
            suggested = connection.execute(SUGGESTED, (limit,)).fetchall()
            rows = [row for digit in range(10) for row in connection.execute(LEAST_CERTAIN, (digit, ALIKE))]
        others = sorted(rows, key=lambda row: (row["margin"], row["id"]))
        first = [*suggested, *others][:limit]
        return [from_row(row, label=row["suggested"], margin=row["margin"]) for row in first]

    def label(self, drawing_id: int, digit: int) -> int:
        """Move a drawing to the collection; return its id there.

        Raises:
            InputError: the drawing is not in the queue.
        """
        with transaction(self._workspace) as connection:
            moved = connection.execute(
                "INSERT INTO drawings (sha256, strokes, bitmap, label, prediction, probability, model_id, created)"
                " SELECT sha256, strokes, bitmap, ?, prediction, probability, model_id, created"
                " FROM unlabelled WHERE id = ? RETURNING id",
                (digit, drawing_id),
            ).fetchone()
            if moved is None:
                raise InputError(_("This drawing has been labelled or dropped already."))
            connection.execute("DELETE FROM unlabelled WHERE id = ?", (drawing_id,))
        return int(moved["id"])

    def dismiss(self, drawing_id: int) -> None:
        """Delete a drawing for good."""
        with transaction(self._workspace) as connection:
            connection.execute("DELETE FROM unlabelled WHERE id = ?", (drawing_id,))


LEAST_CERTAIN = "SELECT * FROM unlabelled WHERE prediction = ? AND suggested IS NULL ORDER BY margin, id LIMIT ?"
SUGGESTED = "SELECT * FROM unlabelled WHERE suggested IS NOT NULL ORDER BY id LIMIT ?"
_COLLECTED = (
    "SELECT count(*) FROM json_each(?) WHERE EXISTS"
    " (SELECT 1 FROM drawings WHERE drawings.sha256 = json_each.value AND deleted IS NULL)"
)
_DROP_COLLECTED = (
    "DELETE FROM unlabelled WHERE EXISTS"
    " (SELECT 1 FROM drawings WHERE drawings.sha256 = unlabelled.sha256 AND deleted IS NULL)"
)
_DROP_MOST_CERTAIN = (
    "DELETE FROM unlabelled WHERE id IN (SELECT id FROM unlabelled ORDER BY suggested NOTNULL,"
    " CASE WHEN suggested IS NULL THEN -margin END, CASE WHEN suggested IS NULL THEN -id ELSE id END"
    " LIMIT max(0, (SELECT count(*) FROM unlabelled) - ?))"
)
"""Of drawings with a suggested digit, the oldest go, so a new one always waits."""


def _row(drawing: Drawing) -> tuple[Any, ...]:
    return (*content(drawing), drawing.prediction, drawing.probability, drawing.margin, drawing.model_id, now())
