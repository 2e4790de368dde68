"""A folder that follows another."""

import json
from pathlib import Path

import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.files import replacing
from mnist_core.engine.cluster.folder import Changes, Watch, apply, contents
from mnist_core.engine.cluster.messages import TravellingModel
from mnist_core.models.registry import shipped


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


def test_a_file_that_vanishes_between_look_and_read(there: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of a candidate do when a training ends: nothing comes home, and nothing is reported as removed."""
    watch = Watch(there)
    candidate = there / "candidate" / "model.keras"
    candidate.parent.mkdir()
    candidate.write_bytes(b"model")
    look = watch._look

    def look_and_lose() -> object:
        seen = look()
        candidate.unlink()
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(watch, "_look", look_and_lose)
        assert watch.changes() == Changes()
    assert watch.changes() == Changes()
    apply(Changes(removed=("candidate/model.keras",)), home)
    assert not (home / "candidate").exists()


@pytest.mark.parametrize("name", ["../x", "candidate/../../x", "/tmp/x", "."])
def test_nothing_is_written_outside(home: Path, name: str) -> None:
    """Whatever a worker sends."""
    travelling = TravellingModel("m1", shipped().card, {name: b"x"})
    for changes in (Changes(added={name: b"x"}), Changes(written={name: b"x"}), Changes(removed=(name,))):
        with pytest.raises(StudioError, match="a name that is not allowed"):
            apply(changes, home)
    with pytest.raises(StudioError, match="a name that is not allowed"):
        travelling.write(home)
    assert [path.name for path in home.parent.iterdir()] == ["home"]
