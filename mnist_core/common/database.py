"""SQLite: one file for what must never be partly written or lost.

SQLite before 3.51.3 can corrupt a database in WAL mode when two connections reset the log together, so the rollback
journal is used. `synchronous=FULL` makes a committed row survive a power cut. Each transaction opens its own connection
(about 0.2 ms), so threads and processes share only the file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_core.common.errors import StorageError, StudioError
from mnist_core.common.language import N_, _
from mnist_core.common.workspace import Workspace

BUSY_TIMEOUT_S = 60

_DAMAGED = N_("The file is damaged. Replace it with a copy, or choose another workspace.")
_REASONS = {
    sqlite3.SQLITE_BUSY: N_("Another program has locked the file. Close that program, then try again."),
    sqlite3.SQLITE_FULL: N_("The disk is full. Free some space, then try again."),
    sqlite3.SQLITE_READONLY: N_("The file cannot be written to. Change its permissions, or choose another workspace."),
    sqlite3.SQLITE_CANTOPEN: N_("The file cannot be opened. Its folder may be missing, or the disk may be full."),
    sqlite3.SQLITE_IOERR: N_("The disk reports an error. The disk may be full."),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

MIGRATIONS = (
    """
    CREATE TABLE drawings (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256      TEXT NOT NULL,               -- of the drawing's content, its label aside
        strokes     TEXT,                        -- JSON, NULL where only a bitmap was given
        bitmap      BLOB,                        -- 28×28 uint8, NULL where there are strokes
        label       INTEGER NOT NULL CHECK (label BETWEEN 0 AND 9),
        prediction  INTEGER CHECK (prediction BETWEEN 0 AND 9),
        probability REAL CHECK (probability BETWEEN 0 AND 1),
        model_id    TEXT,
        created     TEXT NOT NULL,               -- UTC, for people (the order is the id)
        deleted     TEXT,
        CHECK ((strokes IS NULL) <> (bitmap IS NULL)),
        CHECK (bitmap IS NULL OR length(bitmap) = 784)
    );
    CREATE INDEX drawings_by_label ON drawings (label) WHERE deleted IS NULL;
    CREATE TABLE models (
        seq     INTEGER PRIMARY KEY AUTOINCREMENT,
        id      TEXT NOT NULL UNIQUE,
        name    TEXT NOT NULL,
        note    TEXT NOT NULL DEFAULT '',
        parent  TEXT,
        card    TEXT NOT NULL,                   -- JSON, the same as the folder's card.json
        created TEXT NOT NULL,
        deleted TEXT
    );
    CREATE TABLE jobs (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        id          TEXT NOT NULL UNIQUE,        -- the run's id, too
        kind        TEXT NOT NULL CHECK (kind IN ('train', 'finetune')),
        name        TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'paused',
                                                   'completed', 'stopped', 'failed', 'interrupted')),
        pid         INTEGER,
        pid_started REAL,                        -- seconds after boot: a pid alone may be used again
        message     TEXT NOT NULL DEFAULT '',
        note        TEXT NOT NULL DEFAULT '',
        model_id    TEXT,
        created     TEXT NOT NULL
    );
    CREATE UNIQUE INDEX one_active_job ON jobs ((1)) WHERE state IN ('starting', 'running', 'paused');
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    # A third kind of job: the learning-rate range test. SQLite cannot change a CHECK in place.
    """
    ALTER TABLE jobs RENAME TO old_jobs;
    DROP INDEX one_active_job;
    CREATE TABLE jobs (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        id          TEXT NOT NULL UNIQUE,
        kind        TEXT NOT NULL CHECK (kind IN ('train', 'finetune', 'rates')),
        name        TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'paused',
                                                   'completed', 'stopped', 'failed', 'interrupted')),
        pid         INTEGER,
        pid_started REAL,
        message     TEXT NOT NULL DEFAULT '',
        note        TEXT NOT NULL DEFAULT '',
        model_id    TEXT,
        created     TEXT NOT NULL
    );
    INSERT INTO jobs SELECT * FROM old_jobs;
    DROP TABLE old_jobs;
    CREATE UNIQUE INDEX one_active_job ON jobs ((1)) WHERE state IN ('starting', 'running', 'paused');
    """,
    # The quiz, the review queue, and label issues. Rows of drawings are long: summing 100,000 takes 200 ms, but 20 ms
    # with an index that has all columns of the query, including `deleted`.
    """
    CREATE INDEX drawings_by_reading ON drawings (model_id, label, prediction, deleted) WHERE deleted IS NULL;
    CREATE INDEX drawings_by_content ON drawings (sha256) WHERE deleted IS NULL;
    CREATE TABLE unlabelled (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256      TEXT NOT NULL UNIQUE,        -- the next columns are those of drawings
        strokes     TEXT,
        bitmap      BLOB,
        prediction  INTEGER NOT NULL CHECK (prediction BETWEEN 0 AND 9),
        probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
        margin      REAL NOT NULL CHECK (margin BETWEEN 0 AND 1),  -- between the two most likely digits
        model_id    TEXT NOT NULL,
        created     TEXT NOT NULL,
        CHECK ((strokes IS NULL) <> (bitmap IS NULL)),
        CHECK (bitmap IS NULL OR length(bitmap) = 784)
    );
    CREATE INDEX unlabelled_by_margin ON unlabelled (prediction, margin);
    ALTER TABLE drawings ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;  -- asked about the label, the person kept it
    CREATE INDEX drawings_in_doubt ON drawings (probability)
        WHERE deleted IS NULL AND NOT confirmed AND prediction <> label;
    """,
    # The code has a table of the kinds of job (`jobs/kinds.py`), so the database does not list them. The hashes of the
    # drawings that a model has learned move out of its card, which is parsed for every list of models.
    """
    ALTER TABLE jobs RENAME TO old_jobs;
    DROP INDEX one_active_job;
    CREATE TABLE jobs (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        id          TEXT NOT NULL UNIQUE,
        kind        TEXT NOT NULL,
        name        TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'paused',
                                                   'completed', 'stopped', 'failed', 'interrupted')),
        pid         INTEGER,
        pid_started REAL,
        message     TEXT NOT NULL DEFAULT '',
        note        TEXT NOT NULL DEFAULT '',
        model_id    TEXT,
        created     TEXT NOT NULL
    );
    INSERT INTO jobs SELECT * FROM old_jobs;
    UPDATE jobs SET kind = CASE kind WHEN 'finetune' THEN 'fine_tune' WHEN 'rates' THEN 'lr_find' ELSE kind END;
    DROP TABLE old_jobs;
    CREATE UNIQUE INDEX one_active_job ON jobs ((1)) WHERE state IN ('starting', 'running', 'paused');
    UPDATE settings SET key = 'active_model' WHERE key = 'loaded_model';
    ALTER TABLE models RENAME COLUMN parent TO base;
    ALTER TABLE models ADD COLUMN run TEXT;
    UPDATE models SET run = json_extract(card, '$.run') WHERE json_valid(card);
    CREATE INDEX models_by_run ON models (run);
    CREATE TABLE learned (                       -- the drawings of a model's fine-tuning
        model_id TEXT NOT NULL,
        sha256   TEXT NOT NULL,
        left_out INTEGER NOT NULL,               -- it has a label issue, so it was not learned
        PRIMARY KEY (model_id, sha256)
    ) WITHOUT ROWID;
    INSERT OR IGNORE INTO learned
        SELECT models.id, json_extract(each.value, '$.sha256'), 0
        FROM models, json_each(CASE WHEN json_valid(card) THEN card ELSE '{}' END, '$.data.drawings') AS each
        WHERE each.type = 'object' AND json_type(each.value, '$.sha256') = 'text';
    INSERT OR IGNORE INTO learned
        SELECT models.id, each.value, 1
        FROM models, json_each(CASE WHEN json_valid(card) THEN card ELSE '{}' END, '$.data.left_out') AS each
        WHERE each.type = 'text';
    UPDATE models SET card = json_set(card,
            '$.data.drawings', json_array_length(card, '$.data.drawings'),
            '$.data.left_out', coalesce(json_array_length(card, '$.data.left_out'), 0))
        WHERE json_valid(card) AND json_type(card, '$.data.drawings') = 'array';
    """,
    # A run registers one model, whichever processes try. If it had several, the first that is not deleted keeps it.
    """
    UPDATE models SET run = NULL WHERE seq NOT IN (
        SELECT seq FROM (
            SELECT seq, row_number() OVER (PARTITION BY run ORDER BY deleted IS NOT NULL, seq) AS number FROM models
        ) WHERE number = 1
    );
    DROP INDEX models_by_run;
    CREATE UNIQUE INDEX models_by_run ON models (run);
    """,
    # Why a job has ended is a code (`jobs/job.py`). Version 0.1 wrote sentences, with what resuming would do.
    """
    UPDATE jobs SET message = CASE
        WHEN state = 'interrupted' AND message LIKE 'Interrupted. %' THEN ''
        WHEN state = 'interrupted' AND message LIKE 'The trainer ended unexpectedly. %' THEN 'died'
        WHEN message IN ('Stopped and discarded.', 'Discarded.') THEN 'discarded'
        WHEN message = 'Stopped before there was anything to keep.' THEN 'nothing_kept'
        ELSE message END;
    """,
    # The digit that a client of the service says a drawing shows. A person decides.
    """
    ALTER TABLE unlabelled ADD COLUMN suggested INTEGER CHECK (suggested BETWEEN 0 AND 9);
    """,
    # A person's tags for runs, and the images that a person flags while looking at mistakes.
    """
    ALTER TABLE jobs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';  -- JSON, a list of texts
    CREATE TABLE flagged (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256  TEXT NOT NULL UNIQUE,            -- of the image
        bitmap  BLOB NOT NULL CHECK (length(bitmap) = 784),
        label   INTEGER NOT NULL CHECK (label BETWEEN 0 AND 9),
        source  TEXT NOT NULL,                   -- the name of its data set, or "drawings"
        created TEXT NOT NULL
    );
    """,
    # A person can change the order of the waiting jobs.
    """
    ALTER TABLE jobs ADD COLUMN place INTEGER;   -- in the queue, its seq where it is NULL
    """,
)


@contextmanager
def transaction(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A connection inside a write transaction: all of the block is committed, or none of it.

    Raises:
        StorageError: the database is locked for longer than `BUSY_TIMEOUT_S`, damaged, or the disk is full.
        StudioError: a newer version made it.
        sqlite3.IntegrityError: a row breaks a constraint.
    """
    with connected(workspace.database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            _migrate(connection)
            yield connection


@contextmanager
def reading(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A connection for reading. It does not wait for a transaction that has yet to write.

    Raises:
        StudioError: as for `transaction`.
    """
    if not workspace.database.exists():
        with transaction(workspace):  # a new workspace: make the schema
            pass
    with connected(workspace.database) as connection:
        if _version(connection) < len(MIGRATIONS):
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                _migrate(connection)
        yield connection


@contextmanager
def connected(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database of this program, outside a transaction.

    Raises:
        StorageError: as for `transaction`.
        sqlite3.IntegrityError: a row breaks a constraint.
    """
    try:
        connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.executescript("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF")
            yield connection
        finally:
            connection.close()
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of an extended code says where it happened
        reason = _(_REASONS[code]) if code in _REASONS else _("SQLite reports: {error}.", error=str(error))
        message = _("The database {file} could not be used. {reason}", file=str(file), reason=reason)
        raise StorageError(message) from error


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date inside the caller's transaction, so that it is always the old one or the new one."""
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise StudioError(_("A newer MNIST Studio made this workspace. Update the program to open it."))
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
