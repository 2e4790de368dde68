"""A folder that follows another."""

import json
from pathlib import Path

import pytest

from mnist_core.common.files import replacing
from mnist_core.engine.cluster.folder import Watch, apply, contents


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "there" / "checkpoints").mkdir(parents=True)
    return tmp_path / "there"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "checkpoints").mkdir(parents=True)
    return tmp_path / "home"


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_records_travel_as_their_new_lines(there: Path, home: Path) -> None:
    """Not all of them again."""
    watch = Watch(there)
    append(there / "metrics.jsonl", '{"step": 1}\n')
    apply(watch.changes(), home)
    append(there / "metrics.jsonl", '{"step": 2}\n{"st')
    changes = watch.changes()
    assert changes.added == {"metrics.jsonl": b'{"step": 2}\n'}
    apply(changes, home)
    append(there / "metrics.jsonl", 'ep": 3}\n')
    apply(watch.changes(), home)
    assert [json.loads(line)["step"] for line in (home / "metrics.jsonl").read_text().splitlines()] == [1, 2, 3]


def test_records_that_are_replaced_travel_whole(there: Path, home: Path) -> None:
    """As a resumed training does it, even if there are more of them than before."""
    watch = Watch(there)
    append(there / "metrics.jsonl", "1\n2\n")
    apply(watch.changes(), home)
    with replacing(there / "metrics.jsonl") as temporary:
        temporary.write_text("1\n2.5\n3\n")
    apply(watch.changes(), home)
    assert (home / "metrics.jsonl").read_text() == "1\n2.5\n3\n"


def test_it_ends_alike(there: Path, home: Path) -> None:
    """New files, replaced ones, removed ones; a file that is being written does not travel."""
    watch = Watch(there)
    (there / "checkpoints" / "1.npz").write_bytes(b"one")
    (there / "candidate").mkdir()
    (there / "candidate" / "model.keras").write_bytes(b"model")
    (there / "checkpoints" / f".{'0' * 16}.npz").write_bytes(b"half")
    apply(watch.changes(), home)
    assert contents(home) == {"checkpoints/1.npz": b"one", "candidate/model.keras": b"model"}
    (there / "checkpoints" / "1.npz").unlink()
    (there / "checkpoints" / "2.npz").write_bytes(b"two")
    (there / "candidate" / "model.keras").unlink()
    apply(watch.changes(), home)
    assert contents(home) == {"checkpoints/2.npz": b"two"}
    assert not (home / "candidate").exists()
    assert not watch.changes().written
