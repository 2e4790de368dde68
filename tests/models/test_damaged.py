"""A registered model whose files or card are damaged: named with what to do, and no trouble to others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_core.common.database import transaction
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.models import model_files
from mnist_core.models.export_formats import export_model
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry, shipped
from tests.models.files import copy_shipped

Damage = Callable[[Path], object]


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "missing": (Path.unlink, "is missing"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "half": (_halve, "is damaged or incomplete"),
    "other": (_overwrite, "is damaged or incomplete"),
    "huge length": (lambda path: path.write_bytes(b"\x0a" + b"\xff" * 9 + b"\x7f"), "is damaged or incomplete"),
}


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


@pytest.fixture
def model(registry: Registry) -> Model:
    """A good one, which is active."""
    card = shipped().card.model_copy(update={"kind": "trained", "name": "mine"})
    return registry.activate(registry.add(card, copy_shipped).id)


def test_whole_files_are_found_whole() -> None:
    """Those of the model that comes with the program."""
    assert model_files.fault(shipped().keras) is model_files.fault(shipped().onnx) is None


@pytest.mark.parametrize("name", ["model.keras", "model.onnx"])
def test_every_cut_is_seen(name: str, tmp_path: Path) -> None:
    """Wherever the file ends before its end."""
    content = (shipped().folder / name).read_bytes()
    for length in (*range(0, len(content), len(content) // 50), len(content) - 1):
        (tmp_path / name).write_bytes(content[:length])
        assert model_files.fault(tmp_path / name)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_onnx_file_is_named(how: str, model: Model, registry: Registry, tmp_path: Path) -> None:
    """By everything that needs it, with a way on; the Keras file can still be exported, and others be used."""
    damage, fault = DAMAGES[how]
    damage(model.onnx)
    says = "has no ONNX file" if how == "missing" else f"mine .* model.onnx {fault}"
    for attempt in (
        lambda: Predictor.of(registry.find("")),
        lambda: export_model(model, tmp_path / "m.onnx"),
        lambda: registry.activate(model.id),
    ):
        with pytest.raises(StudioError, match=f"{says}.*make-onnx {model.id}"):
            attempt()
    export_model(model, tmp_path / "m.keras")
    assert registry.all() == [model, shipped()]
    assert registry.activate("shipped") == shipped()


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_keras_file_is_named(how: str, model: Model, registry: Registry, tmp_path: Path) -> None:
    """By what needs it; the model still predicts."""
    damage, fault = DAMAGES[how]
    damage(model.keras)
    assert f"mine ({model.id}) is damaged. model.keras {fault}. Import it or train it again" in (model.without_keras)
    for name in ("m.keras", "m.zip"):
        with pytest.raises(UnreadableError, match=fault):
            export_model(model, tmp_path / name)
    assert not list(tmp_path.glob("m.*"))
    export_model(model, tmp_path / "m.onnx")
    assert Predictor.of(model)


def test_a_model_without_its_files_has_one_problem(model: Model) -> None:
    """Its ONNX file cannot be made anew, so nobody is told to try."""
    shutil.rmtree(model.folder)
    (problem,) = model.problems
    assert "model.keras is missing. Import it or train it again" in problem


def test_changed_bytes_are_found_when_the_file_is_read(model: Model, capfd: pytest.CaptureFixture[str]) -> None:
    """They lie inside, where no glance sees them; or they change a weight a little, which nothing can see."""
    good, random, refused = model.onnx.read_bytes(), np.random.default_rng(0), 0
    ends = [*range(3000), *range(len(good) - 6000, len(good))]  # between them lie weights
    for place in random.choice(ends, 100):
        damaged = bytearray(good)
        damaged[place] ^= 255
        model.onnx.write_bytes(damaged)
        try:
            Predictor.of(model)
        except StudioError as error:
            refused += "mine" in str(error) and "model.onnx is" in str(error)
    assert refused > 20
    assert capfd.readouterr().err == ""


def test_a_torn_card_is_named(model: Model, registry: Registry, workspace: Workspace) -> None:
    """By its name and its id; another model takes its place as the active one, not without a word."""
    with transaction(workspace) as connection:
        connection.execute("UPDATE models SET card = substr(card, 1, 40)")
    assert registry.find("") == shipped()
    assert f"The active model mine ({model.id}) is unreadable, so MNIST Studio takes its place" in registry.passed_over
    for name in ("mine", model.id):
        with pytest.raises(UnreadableError, match=f"mine .{model.id}. is unreadable. .* is damaged.*train it again"):
            registry.find(name)
    assert registry.all() == [shipped()]
    assert [each.id for each in registry.unreadable()] == [model.id]
    assert registry.find("shipped") == registry.activate("shipped") == shipped()
    assert registry.passed_over == ""
    with pytest.raises(InputError, match="no model 'other'"):
        registry.find("other")
