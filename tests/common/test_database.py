"""SQLite: transactions, migrations, locks, damage."""

import json
import random
import sqlite3
import subprocess
import sys
import threading

import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common import database
from mnist_core.common.database import MIGRATIONS, reading, transaction
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.job import CAUSES
from tests.conftest import ROOT


def tables(workspace: Workspace) -> set[str]:
    with sqlite3.connect(workspace.database) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def set_setting(workspace: Workspace, key: str, value: str) -> None:
    with transaction(workspace) as connection:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))


def settings(workspace: Workspace) -> dict[str, str]:
    with reading(workspace) as connection:
        return {row["key"]: row["value"] for row in connection.execute("SELECT * FROM settings")}


def test_the_first_use_makes_the_schema(workspace: Workspace) -> None:
    """Reading a new workspace finds empty tables."""
    assert settings(workspace) == {}
    assert {"drawings", "models", "jobs", "settings"} <= tables(workspace)


def test_a_transaction_is_all_or_nothing(workspace: Workspace) -> None:
    """An error in the block takes back what the block did."""
    set_setting(workspace, "a", "1")
    with pytest.raises(RuntimeError), transaction(workspace) as connection:  # noqa: PT012 – a failure half-way
        connection.execute("INSERT INTO settings VALUES ('b', '2')")
        raise RuntimeError
    assert settings(workspace) == {"a": "1"}


def test_a_killed_process_leaves_nothing_half_written(workspace: Workspace) -> None:
    """A process that dies inside a transaction has changed nothing, and the database is whole."""
    set_setting(workspace, "a", "1")
    program = (
        "import os, sys; from mnist_core.common.database import transaction\n"
        "from mnist_core.common.workspace import Workspace\n"
        "with transaction(Workspace.open(sys.argv[1])) as connection:\n"
        "    connection.execute(\"INSERT INTO settings VALUES ('b', '2')\"); os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(workspace.root)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert settings(workspace) == {"a": "1"}
    with reading(workspace) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_acknowledged_drawings_survive_a_kill(workspace: Workspace) -> None:
    """Each drawing whose id was reported is there once, whenever the process was killed."""
    program = (
        "import sys\n"
        "from mnist_core.collection.drawing import Drawing\n"
        "from mnist_core.collection.drawings import DrawingStore\n"
        "from mnist_core.common.workspace import Workspace\n"
        "store = DrawingStore(Workspace.open(sys.argv[1]))\n"
        "while True: print(store.add([Drawing(3, [[(0.0, 1.0)]])])[0], flush=True)"
    )
    acknowledged: list[int] = []
    for count in (1, 7, 20):
        command = [sys.executable, "-c", program, str(workspace.root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            acknowledged += [int(process.stdout.readline()) for _ in range(count)]
            process.kill()
            acknowledged += [int(line) for line in process.stdout.read().splitlines() if line]
    stored = [drawing.id for drawing in DrawingStore(workspace).all()]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


def test_jobs_of_an_older_workspace_are_kept(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """Its rows and the order of what comes after them stay; kinds have the names of now, and any kind is allowed."""
    insert = "INSERT INTO jobs (id, kind, name, state, created) VALUES (?, ?, 'n', 'completed', 'then')"
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:1])
        with transaction(workspace) as connection:
            connection.executemany(insert, [("a", "finetune"), ("b", "train")])
            connection.execute("DELETE FROM jobs WHERE id = 'b'")
    with transaction(workspace) as connection:
        connection.execute(insert, ("c", "lr_find"))
    with reading(workspace) as connection:
        rows = [tuple(row) for row in connection.execute("SELECT seq, id, kind, name, created FROM jobs")]
    assert [row[1:] for row in rows] == [("a", "fine_tune", "n", "then"), ("c", "lr_find", "n", "then")]
    assert "old_jobs" not in tables(workspace)
    with pytest.raises(sqlite3.IntegrityError, match="one_active_job"), transaction(workspace) as connection:
        connection.execute("UPDATE jobs SET state = 'running'")


def test_models_of_an_older_workspace_are_kept(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """Hashes leave the cards for a table of their own; a card of any odd content stops nothing."""
    cards = {
        "good": {"run": "r", "data": {"drawings": [{"id": 1, "sha256": "a"}, {"sha256": "b"}], "left_out": ["c", "a"]}},
        "texts": {"data": {"drawings": ["abc", 3, None, {"id": 1}], "left_out": [{}, 4]}},
        "a text": {"data": "x"},
        "a list": [1],
    }
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:3])
        with transaction(workspace) as connection:
            insert = "INSERT INTO models (id, name, parent, card, created) VALUES (?, 'n', 'p', ?, 'then')"
            connection.executemany(insert, [(name, json.dumps(card)) for name, card in cards.items()])
            connection.execute(insert, ("torn", '{"na'))
            connection.execute("INSERT INTO settings VALUES ('loaded_model', 'good')")
    with reading(workspace) as connection:
        learned = [tuple(row) for row in connection.execute("SELECT * FROM learned ORDER BY model_id, sha256")]
        models = {row["id"]: row for row in connection.execute("SELECT * FROM models")}
        settings = [tuple(row) for row in connection.execute("SELECT * FROM settings")]
    assert learned == [("good", "a", 0), ("good", "b", 0), ("good", "c", 1)]
    assert settings == [("active_model", "good")]
    assert set(models) == {*cards, "torn"}
    assert (models["good"]["base"], models["good"]["run"], models["torn"]["card"]) == ("p", "r", '{"na')
    assert json.loads(models["good"]["card"])["data"] == {"drawings": 2, "left_out": 2}


def test_of_an_older_run_s_models_one_remains_the_run_s(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """Versions before this could register a run twice: all stay, and the first that is not deleted is the run's."""
    models = [("a", "r", "then"), ("b", "r", None), ("c", "r", None), ("d", None, None), ("e", None, None)]
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:4])
        with transaction(workspace) as connection:
            insert = "INSERT INTO models (id, name, card, created, run, deleted) VALUES (?, 'n', '{', 'then', ?, ?)"
            connection.executemany(insert, models)
    with reading(workspace) as connection:
        assert {row["id"]: row["run"] for row in connection.execute("SELECT id, run FROM models")} == {
            "a": None, "b": "r", "c": None, "d": None, "e": None,
        }  # fmt: skip
    with pytest.raises(sqlite3.IntegrityError), transaction(workspace) as connection:
        connection.execute("UPDATE models SET run = 'r' WHERE id = 'd'")


def test_ends_of_an_older_workspace_s_jobs_are_codes(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """The sentences of version 0.1 that have a code become it; a failure's own sentence stays."""
    then = [
        ("completed", "", ""),
        ("completed", "Discarded.", "discarded"),
        ("stopped", "Stopped and discarded.", "discarded"),
        ("stopped", "Stopped before there was anything to keep.", "nothing_kept"),
        ("interrupted", "Interrupted. It can be started again.", ""),
        ("interrupted", "Interrupted. Resume goes on from the last checkpoint.", ""),
        ("interrupted", "The trainer ended unexpectedly. It can be started again.", "died"),
        ("failed", "The disk is full.", "The disk is full."),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:5])
        with transaction(workspace) as connection:
            insert = "INSERT INTO jobs (id, kind, name, state, message, created) VALUES (?, 'train', 'n', ?, ?, 'then')"
            connection.executemany(insert, [(str(at), *each[:2]) for at, each in enumerate(then)])
    with reading(workspace) as connection:
        causes = [row["message"] for row in connection.execute("SELECT message FROM jobs ORDER BY seq")]
    assert causes == [cause for *_, cause in then]
    assert set(causes[:-1]) == set(CAUSES) - {"cluster_gone"}  # which version 0.1 did not know


def test_drawings_of_an_older_workspace_are_kept(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """They stay as they were, nothing waits in the new queue, and the queue takes each content once."""
    drawn = [Drawing(label, [[(0.0, float(label))]], prediction=1) for label in (1, 2)]
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", MIGRATIONS[:2])
        with transaction(workspace) as connection:
            connection.executemany(
                "INSERT INTO drawings (sha256, strokes, label, prediction, model_id, created)"
                " VALUES (?, ?, ?, 1, 'm', 'then')",
                [(each.sha256, json.dumps(each.strokes), each.label) for each in drawn],
            )
        assert "unlabelled" not in tables(workspace)
    assert [(each.label, each.strokes) for each in DrawingStore(workspace).all()] == [
        (1, [[[0.0, 1.0]]]),
        (2, [[[0.0, 2.0]]]),
    ]
    assert DrawingStore(workspace).outcomes("m")[1:3] == [(1, 0), (0, 1)]
    assert ReviewQueue(workspace).count() == 0
    insert = (
        "INSERT INTO unlabelled (sha256, strokes, prediction, probability, margin, model_id, created)"
        " VALUES (?, '[]', 1, 0.5, ?, 'm', 'then')"
    )
    with transaction(workspace) as connection:
        connection.execute(insert, ("a", 0.1))
    for refused in (("a", 0.1), ("b", 1.5)):
        with pytest.raises(sqlite3.IntegrityError), transaction(workspace) as connection:
            connection.execute(insert, refused)


def test_a_crash_in_a_migration_leaves_the_old_schema(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """A migration that breaks after its first statement has done nothing, and works once it is put right."""
    set_setting(workspace, "a", "1")
    broken = "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)"
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(StudioError, match="nowhere"):
        settings(workspace)
    assert "more" not in tables(workspace)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE more (x)"))
    assert settings(workspace) == {"a": "1"}
    assert "more" in tables(workspace)


def test_a_killed_migration_leaves_the_old_schema(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """The process dies between the statements of a migration: the old schema, and then the new one."""
    set_setting(workspace, "a", "1")
    program = (
        "import os, sys; from mnist_core.common import database; from mnist_core.common.workspace import Workspace\n"
        "version = database._version\n"
        "class Dies(str):\n"
        "    def split(self, _): yield 'CREATE TABLE more (x)'; os._exit(9)\n"
        "database.MIGRATIONS = (*database.MIGRATIONS, Dies())\n"
        "with database.reading(Workspace.open(sys.argv[1])): pass"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(workspace.root)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert settings(workspace) == {"a": "1"}
    assert "more" not in tables(workspace)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE more (x)"))
    set_setting(workspace, "b", "2")
    assert "more" in tables(workspace)


def test_a_newer_workspace_is_not_touched(workspace: Workspace) -> None:
    """An older program refuses a newer schema and says so."""
    set_setting(workspace, "a", "1")
    with sqlite3.connect(workspace.database) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StudioError, match="newer MNIST Studio"):
        set_setting(workspace, "a", "2")


def test_a_lock_is_waited_for(workspace: Workspace) -> None:
    """While another connection writes, a writer waits, and then its row is there."""
    set_setting(workspace, "a", "1")
    other = sqlite3.connect(workspace.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waiting = threading.Thread(target=set_setting, args=(workspace, "b", "2"))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    other.execute("INSERT INTO settings VALUES ('c', '3')")
    other.execute("COMMIT")
    other.close()
    waiting.join()
    assert settings(workspace) == {"a": "1", "b": "2", "c": "3"}


def test_a_lock_that_never_ends_is_a_sentence(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """After the time-out there is an error that names the database, not a traceback of SQLite's."""
    set_setting(workspace, "a", "1")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(workspace.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StudioError, match=r"studio\.db could not be used\. Another program has locked the file"):
        set_setting(workspace, "b", "2")
    other.close()
    assert settings(workspace) == {"a": "1"}


def test_many_threads_lose_nothing(workspace: Workspace) -> None:
    """Eight threads that save drawings at once: every one is stored, each with an id of its own."""
    ids: list[int] = []

    def save() -> None:
        for _ in range(5):
            ids.extend(DrawingStore(workspace).add([Drawing(1, [[(1.0, 2.0)]])]))

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 40
    assert DrawingStore(workspace).counts()[1] == 40


@pytest.mark.parametrize(
    "content", [b"no database at all", random.Random(0).randbytes(8192), b"SQLite format 3\0" + bytes(200)]
)
def test_a_damaged_database_is_a_sentence(content: bytes, workspace: Workspace) -> None:
    """Reading and writing both say which file is damaged."""
    workspace.database.write_bytes(content)
    with pytest.raises(StudioError, match=r"studio\.db could not be used"):
        settings(workspace)
    with pytest.raises(StudioError, match=r"studio\.db could not be used"):
        set_setting(workspace, "a", "1")


@pytest.mark.parametrize("size_limit", [1])
def test_a_full_disk_is_a_sentence_and_loses_nothing(size_limit: int, workspace: Workspace) -> None:
    """When the database cannot grow, the write is refused whole and what was there stays."""
    set_setting(workspace, "a", "1")
    with pytest.raises(StudioError, match="full"), transaction(workspace) as connection:  # noqa: PT012 – set-up
        connection.execute(f"PRAGMA max_page_count = {size_limit}")
        connection.execute("INSERT INTO settings VALUES ('b', ?)", ("x" * 1_000_000,))
    assert settings(workspace) == {"a": "1"}
