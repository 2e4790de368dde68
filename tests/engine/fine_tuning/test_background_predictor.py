"""What exported models read, beside other work, and what of it is remembered."""

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.engine.fine_tuning import background_predictor
from mnist_core.engine.fine_tuning.background_predictor import CACHED, Images, Logits, beside
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Model, Registry


@pytest.fixture
def model(workspace: Workspace) -> Model:
    return Registry(workspace).find("")


@pytest.fixture(scope="module")
def many() -> Images:
    return synthetic.generate(200, seed=0)[0]


def read(workspace: Workspace, model: Model, images: Images, *, cache: bool = True) -> Logits:
    with beside(workspace) as background:
        return background.predict(model, images, cache=cache).result()


def test_a_reading_is_the_models(workspace: Workspace, model: Model, many: Images) -> None:
    """The same logits as when it is asked directly, whether remembered or not."""
    expected = Predictor(model.onnx).logits(many)
    for cache in (False, True, True):
        np.testing.assert_allclose(read(workspace, model, many, cache=cache), expected, atol=1e-4)


def test_a_reading_is_remembered_where_asked(
    workspace: Workspace, model: Model, many: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next fine-tuning does not read the same images with the same model again."""
    read(workspace, model, many, cache=False)
    assert not workspace.predictions.exists()
    first = read(workspace, model, many)
    monkeypatch.setattr(background_predictor, "Predictor", None)
    np.testing.assert_array_equal(read(workspace, model, many), first)
    with pytest.raises(TypeError):
        read(workspace, model, many[::-1])


@pytest.mark.parametrize("how", ["cut", "empty", "zeros at the end", "another file", "fewer readings"])
def test_a_damaged_reading_is_made_again(workspace: Workspace, model: Model, many: Images, how: str) -> None:
    """Whatever a power cut or a hand has left there, it is not believed."""
    first = read(workspace, model, many)
    (file,) = workspace.predictions.iterdir()
    whole = file.read_bytes()
    if how == "fewer readings":
        np.savez(file, logits=first[:-1])
    else:
        damaged = {"cut": whole[:100], "empty": b"", "another file": b"PK, but no archive"}
        file.write_bytes(damaged.get(how, whole[:1000] + bytes(len(whole) - 1400) + whole[-400:]))
    np.testing.assert_array_equal(read(workspace, model, many), first)
    assert file.read_bytes() == whole, "it is stored again"


def test_without_a_place_to_remember_it_is_read_all_the_same(workspace: Workspace, model: Model, many: Images) -> None:
    """A disk that is full or cannot be written to does not end a fine-tuning."""
    workspace.predictions.write_text("no folder")
    assert len(read(workspace, model, many)) == len(many)


def test_only_the_newest_readings_are_kept(workspace: Workspace, model: Model, many: Images) -> None:
    """So the folder does not grow for ever."""
    for number in range(CACHED + 2):
        read(workspace, model, many[number:])
    assert len(list(workspace.predictions.iterdir())) == CACHED


def test_what_was_not_read_to_its_end_is_not_remembered(workspace: Workspace, model: Model, many: Images) -> None:
    """A fine-tuning that is stopped leaves no half a reading."""
    with beside(workspace) as background:
        background.leave()
        assert len(background.predict(model, many, cache=True).result()) < len(many)
    assert not workspace.predictions.exists()
