"""The log of predictions: `monitor.db` in the workspace, of a bounded size."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.common.database import connected
from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.drift import BASELINES
from mnist_core.monitoring.record import COLUMNS, Row
from mnist_core.monitoring.traits import WATCHED

KEPT = 50_000
"""Predictions in the log beyond the baselines, all streams together. The oldest ones go."""
BASELINE = BASELINES[-1]
"""The first predictions of a stream, with which later ones are compared; they stay as long as the stream goes on."""
SPARE = 1000
"""Predictions after which old ones go, so that not every write deletes."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    at          REAL NOT NULL,        -- seconds since 1970
    source      TEXT NOT NULL,
    model_id    TEXT NOT NULL,
    digit       INTEGER NOT NULL,
    probability REAL NOT NULL,
    verdict     TEXT NOT NULL,
    score       REAL NOT NULL,
    seconds     REAL NOT NULL,        -- -1 if the request had several predictions
    ink         REAL NOT NULL,
    thickness   REAL NOT NULL,
    width       REAL NOT NULL,
    height      REAL NOT NULL,
    slant       REAL NOT NULL,
    balance     REAL NOT NULL,
    label       INTEGER,              -- the digit that a person says it is
    baseline    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS predictions_by_stream ON predictions (model_id, source, number);
CREATE INDEX IF NOT EXISTS predictions_of_baselines ON predictions (model_id, source) WHERE baseline = 1;
CREATE TABLE IF NOT EXISTS learned_figures (model_id TEXT PRIMARY KEY, name TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)
"""


@dataclass(frozen=True)
class Stream:
    """The predictions of one model in one place."""

    model_id: str
    source: str
    count: int
    last: float
    """When the latest one was made, in seconds since 1970."""


@dataclass(frozen=True)
class Logged:
    """Predictions of one stream, oldest first; each array is (N,)."""

    at: npt.NDArray[np.float64]
    digit: npt.NDArray[np.int64]
    verdict: npt.NDArray[np.str_]
    seconds: npt.NDArray[np.float64]
    """NaN if the request had several predictions."""
    label: npt.NDArray[np.int64]
    """-1 where nobody has said."""
    figures: dict[str, npt.NDArray[np.float64]]
    """By the names of `traits.WATCHED`."""

    def __len__(self) -> int:
        return len(self.at)


class PredictionLog:
    """The log in one workspace's file. Once a method returns, its changes are on disk."""

    def __init__(self, workspace: Workspace, kept: int = KEPT) -> None:
        self._file = workspace.root / "monitor.db"
        self._kept = kept

    def add(self, rows: Sequence[Row]) -> None:
        """Store these predictions; old ones go."""
        if not rows:
            return
        marks = ", ".join("?" * len(COLUMNS))
        with self._writing() as connection:
            first = _last_number(connection)
            connection.executemany(f"INSERT OR IGNORE INTO predictions ({', '.join(COLUMNS)}) VALUES ({marks})", rows)
            for stream in sorted({(row[3], row[2]) for row in rows}):
                (count,) = connection.execute(_BASELINE_OF, stream).fetchone()
                if count < BASELINE:
                    connection.execute(_MARK_BASELINE, (*stream, BASELINE))
            if first // SPARE < _last_number(connection) // SPARE:
                connection.execute(_DROP_OLD, {"kept": self._kept})

    def label(self, labels: Mapping[str, int | None]) -> None:
        """Store which digits people say they are: a prediction's id → the digit, or None if nobody says so."""
        if labels:
            with self._writing() as connection:
                connection.executemany(
                    "UPDATE predictions SET label = ? WHERE id = ?", [(label, each) for each, label in labels.items()]
                )

    def forget(self, source: str) -> None:
        """Delete the predictions of one source."""
        with self._writing() as connection:
            connection.execute("DELETE FROM predictions WHERE source = ?", (source,))

    def streams(self) -> list[Stream]:
        """The latest first."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT model_id, source, count(*), max(at) FROM predictions GROUP BY 1, 2 ORDER BY 4 DESC"
            )
            return [Stream(*row) for row in found]

    def read(self, stream: Stream, latest: int) -> Logged:
        """The stream's baseline and its latest predictions."""
        with self._reading() as connection:
            found = connection.execute(_READ, (stream.model_id, stream.source, stream.model_id, stream.source, latest))
            return _logged(found.fetchall())

    @property
    def logs_drawings(self) -> bool:
        """Whether the predictions of the Draw page are logged, which they are unless a person has turned it off."""
        with self._reading() as connection:
            found = connection.execute("SELECT value FROM settings WHERE key = 'log_draw'").fetchone()
        return found is None or found[0] == "on"

    @logs_drawings.setter
    def logs_drawings(self, wanted: bool) -> None:
        with self._writing() as connection:
            connection.execute("REPLACE INTO settings VALUES ('log_draw', ?)", ("on" if wanted else "off",))

    def learned_figures(self, model_id: str) -> tuple[str, str] | None:
        """What `keep_learned_figures` has stored: a name and the content."""
        with self._reading() as connection:
            found = connection.execute("SELECT name, content FROM learned_figures WHERE model_id = ?", (model_id,))
            row = found.fetchone()
        return None if row is None else (row[0], row[1])

    def keep_learned_figures(self, model_id: str, name: str, content: str) -> None:
        with self._writing() as connection:
            connection.execute("REPLACE INTO learned_figures VALUES (?, ?, ?)", (model_id, name, content))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with connected(self._file) as connection:
            if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'settings'").fetchone()[0]:
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    for statement in SCHEMA.split(";"):
                        connection.execute(statement)
            yield connection


_BASELINE_OF = "SELECT count(*) FROM predictions WHERE model_id = ? AND source = ? AND baseline = 1"
_MARK_BASELINE = """
UPDATE predictions SET baseline = 1 WHERE number IN (
    SELECT number FROM predictions WHERE model_id = ? AND source = ? ORDER BY number LIMIT ?
)
"""
_DROP_OLD = """
DELETE FROM predictions
WHERE number <= (SELECT number FROM predictions WHERE NOT baseline ORDER BY number DESC LIMIT 1 OFFSET :kept)
AND (NOT baseline OR (model_id, source) NOT IN (SELECT model_id, source FROM predictions WHERE number > (
    SELECT number FROM predictions WHERE NOT baseline ORDER BY number DESC LIMIT 1 OFFSET :kept
)))
"""
_READ = """
SELECT * FROM predictions WHERE model_id = ? AND source = ? AND baseline = 1
UNION
SELECT * FROM (SELECT * FROM predictions WHERE model_id = ? AND source = ? ORDER BY number DESC LIMIT ?)
ORDER BY number
"""


def _last_number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM predictions").fetchone()[0])


def _logged(rows: Sequence[sqlite3.Row]) -> Logged:
    def column(name: str, kind: type = float) -> npt.NDArray[Any]:
        return np.array([row[name] for row in rows], kind)

    seconds = column("seconds")
    labels = np.array([-1 if row["label"] is None else row["label"] for row in rows], np.int64)
    return Logged(
        at=column("at"),
        digit=column("digit", int),
        verdict=column("verdict", str),
        seconds=np.where(seconds < 0, np.nan, seconds),
        label=labels,
        figures={name: column(name) for name in WATCHED},
    )
