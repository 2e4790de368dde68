"""What exported models read, beside other work, and what of it is remembered."""

import numpy as np
import pytest

from mnist_core import handwriting
from mnist_core.engine import reader as readers
from mnist_core.engine.reader import REMEMBERED_FROM, Images, beside
from mnist_core.predictor import Predictor
from mnist_core.registry import Model, Registry
from mnist_core.workspace import Workspace


@pytest.fixture
def model(workspace: Workspace) -> Model:
    return Registry(workspace).find("")


@pytest.fixture(scope="module")
def many() -> Images:
    return handwriting.generate(REMEMBERED_FROM, seed=0)[0]


def read(workspace: Workspace, model: Model, images: Images) -> Images:
    with beside(workspace) as reader:
        return reader.read(model, images).result()


def test_a_reading_is_the_models(workspace: Workspace, model: Model, many: Images) -> None:
    """The same logits as when it is asked directly, whether remembered or not."""
    expected = Predictor(model.onnx).logits(many)
    for images in (many, many, many[:20]):
        np.testing.assert_allclose(read(workspace, model, images), expected[: len(images)], atol=1e-4)


def test_a_large_reading_is_remembered(
    workspace: Workspace, model: Model, many: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next fine-tuning does not read the same images with the same model again; a few are not worth a file."""
    read(workspace, model, many[:20])
    assert not workspace.readings.exists()
    first = read(workspace, model, many)
    monkeypatch.setattr(readers, "Predictor", None)
    np.testing.assert_array_equal(read(workspace, model, many), first)
    with pytest.raises(TypeError):
        read(workspace, model, many[::-1])


def test_a_damaged_reading_is_made_again(workspace: Workspace, model: Model, many: Images) -> None:
    """Half a file does no harm."""
    first = read(workspace, model, many)
    (file,) = workspace.readings.iterdir()
    for damaged in (file.read_bytes()[:100], b"", b"no array"):
        file.write_bytes(damaged)
        np.testing.assert_array_equal(read(workspace, model, many), first)


def test_what_was_not_read_to_its_end_is_not_remembered(workspace: Workspace, model: Model, many: Images) -> None:
    """A fine-tuning that is stopped leaves no half a reading."""
    with beside(workspace) as reader:
        reader.leave()
        assert len(reader.read(model, many).result()) < len(many)
    assert not workspace.readings.exists()
