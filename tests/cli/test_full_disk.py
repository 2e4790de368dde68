"""A disk that is full, wherever a command writes: one sentence, and nothing that was there is lost."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.models.registry import Registry
from tests.cli.test_commands import SMALL, call, start

resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")

COMMANDS = {
    "train": ("train", *SMALL, "--dataset", "digits"),
    "fine-tune": ("finetune", "--steps", "10"),
    "import drawings": ("drawings", "import", "{place}/more.jsonl"),
    "export drawings": ("drawings", "export", "{place}/out.zip"),
    "import a model": ("models", "import", "{place}/model.keras"),
    "export a model": ("models", "export", "shipped", "{place}/out.keras"),
}
LIMITS = (0, 5_000, 150_000, 500_000)
"""The bytes that a file may have: for nothing, for small files, for the database, for a model but not for all."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model and drawings of its own, and what is imported in other files beside it."""
    place = tmp_path_factory.mktemp("full")
    workspace, random = Workspace.open(place / "workspace"), np.random.default_rng(0)
    status, _, said = call(workspace, "train", *SMALL, "--dataset", "digits", "--name", "mine")
    assert status == 0, said
    shutil.copyfile(Registry(workspace).find("mine").keras, place / "model.keras")
    DrawingStore(workspace).add([Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(20)])
    more = [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(300)]
    (place / "more.jsonl").write_bytes(to_jsonl(more))
    return place


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_full_disk_is_a_sentence_and_loses_nothing(command: str, limit: int, prepared: Path, tmp_path: Path) -> None:
    """It says which file could not be written; the model, the drawings and the active model are as before."""
    place = shutil.copytree(prepared, tmp_path / "place")
    workspace = Workspace.open(place / "workspace")
    arguments = [each.format(place=place) for each in COMMANDS[command]]
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # noqa: E731
    with start(workspace, *arguments, preexec_fn=full) as process:
        _, said = process.communicate()
    if process.returncode == 0:
        return  # it all went in
    assert process.returncode in (1, 2)
    (sentence,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "could not be used" in sentence or "no room for temporary files" in sentence
    assert "A file" not in sentence
    assert "shipped" not in sentence
    assert not any(word in said for word in ("Traceback", "unexpected", "Errno"))
    registry = Registry(workspace)
    assert (registry.find("mine").name, registry.active().id) == ("mine", "shipped")
    assert registry.find("mine").keras.stat().st_size == (place / "model.keras").stat().st_size
    assert len(DrawingStore(workspace).all()) >= 20
    assert len(list(workspace.models.iterdir())) == len(registry.all()) - 1
    assert not list(place.glob("out.*"))
