"""A drawing as a row of the database: the columns that the tables `drawings` and `unlabelled` share."""

import json
import sqlite3
from typing import Any

import numpy as np

from mnist_core.collection.drawing import Drawing


def content(drawing: Drawing) -> tuple[str, str | None, bytes | None]:
    """The columns sha256, strokes and bitmap."""
    return (
        drawing.sha256,
        None if drawing.strokes is None else json.dumps(drawing.strokes),
        None if drawing.bitmap is None else drawing.bitmap.tobytes(),
    )


def from_row(row: sqlite3.Row, *, label: int | None, **more: Any) -> Drawing:
    """The drawing in a row of either table; `more` are the fields that only that table has."""
    return Drawing(
        label,
        strokes=None if row["strokes"] is None else json.loads(row["strokes"]),
        bitmap=None if row["bitmap"] is None else np.frombuffer(row["bitmap"], np.uint8).reshape(28, 28),
        prediction=row["prediction"],
        probability=row["probability"],
        model_id=row["model_id"],
        id=row["id"],
        created=row["created"],
        known_sha256=row["sha256"],
        **more,
    )
