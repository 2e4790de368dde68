"""The clients of a simulation."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.data import synthetic
from mnist_core.engine.federated.clients import client, collected, gather


def written(count: int, writer: str | None, *, seed: int = 0) -> list[Drawing]:
    random = np.random.default_rng(seed)
    return [Drawing(n % 10, synthetic.write(n % 10, random), writer=writer) for n in range(count)]


def a_file(folder: Path, drawings: list[Drawing]) -> str:
    path = folder / "writers.jsonl"
    path.write_bytes(file_formats.to_jsonl(drawings))
    return str(path)


def test_each_writer_and_each_collection_is_a_client(tmp_path: Path) -> None:
    """Those with too few drawings are left out, and a warning says so."""
    store = DrawingStore(Workspace.open(tmp_path / "ada"))
    store.add(written(20, None, seed=3))
    path = a_file(tmp_path, [*written(20, "ada"), *written(30, "bob", seed=1), *written(3, "eve", seed=2)])
    clients, warnings = gather(FederateConfig(drawings=path, collections=str(tmp_path / "ada"), held_out=0.3))
    assert [(each.name, len(each.x), len(each.x_held_out)) for each in clients] == [
        ("ada", 14, 6), ("bob", 21, 9), ("ada (2)", 14, 6),
    ]  # fmt: skip
    assert warnings == ["1 client has fewer than 10 labelled drawings and does not take part."]


def test_no_drawing_is_both_learned_and_held_out() -> None:
    """Every digit is in both parts, another seed holds out others, and both parts have a drawing at least."""
    drawings = written(40, "a")
    one, other = (client("a", drawings, FederateConfig(held_out=0.25, seed=seed)) for seed in (0, 1))
    learned = {image.tobytes() for image in one.x}
    held_out = {image.tobytes() for image in one.x_held_out}
    assert learned.isdisjoint(held_out)
    assert len(learned | held_out) == 40
    assert set(one.y) == set(one.y_held_out) == set(range(10))
    assert {image.tobytes() for image in other.x_held_out} != held_out
    for share in (0.01, 0.99):
        few = client("a", drawings[:10], FederateConfig(held_out=share))
        assert len(few.y) >= 1
        assert len(few.y_held_out) >= 1


def test_a_clients_folder_is_only_read(tmp_path: Path) -> None:
    """Nothing is made in it, and a folder that is no workspace is refused."""
    store = DrawingStore(Workspace(tmp_path / "ada"))
    (tmp_path / "ada").mkdir()
    store.add(written(10, None))
    (tmp_path / "pictures").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert len(collected(str(tmp_path / "ada"))) == 10
    with pytest.raises(InputError, match="There is no workspace"):
        collected(str(tmp_path / "pictures"))
    assert sorted(tmp_path.rglob("*")) == before


def test_what_cannot_be_clients(tmp_path: Path) -> None:
    """The message says what is missing."""
    with pytest.raises(InputError, match=r"at least 2 clients with 10 labelled drawings each\. There is 1"):
        gather(FederateConfig(drawings=a_file(tmp_path, written(20, "a"))))
    with pytest.raises(InputError, match="drawing 1 has no writer"):
        gather(FederateConfig(drawings=a_file(tmp_path, written(20, None))))
    with pytest.raises(InputError, match="no workspace"):
        gather(FederateConfig(collections=str(tmp_path / "nowhere")))
