"""Predictions of exported models in a background thread, and which of them are cached."""

import errno

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.engine.fine_tuning import background_predictor
from mnist_core.engine.fine_tuning.background_predictor import CACHED, Images, beside
from mnist_core.evaluation.outputs import Floats
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


@pytest.fixture
def model(workspace: Workspace) -> Model:
    return Registry(workspace).find("")


@pytest.fixture(scope="module")
def many() -> Images:
    return synthetic.generate(200, seed=0)[0]


def predicted(workspace: Workspace, model: Model, images: Images, *, cache: bool = True) -> Floats:
    with beside(workspace) as background:
        return background.predict(model, images, cache=cache).result().with_no_digit


def test_the_logits_are_the_models(workspace: Workspace, model: Model, many: Images) -> None:
    """The same logits as when it predicts directly, whether cached or not."""
    expected = Predictor(model.onnx).outputs(many).with_no_digit
    for cache in (False, True, True):
        np.testing.assert_allclose(predicted(workspace, model, many, cache=cache), expected, atol=1e-4)


def test_predictions_are_cached_on_request(
    workspace: Workspace, model: Model, many: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next fine-tuning does not predict the same images with the same model again."""
    predicted(workspace, model, many, cache=False)
    assert not workspace.predictions.exists()
    first = predicted(workspace, model, many)
    monkeypatch.setattr(background_predictor, "Predictor", None)
    np.testing.assert_array_equal(predicted(workspace, model, many), first)
    with pytest.raises(AttributeError):
        predicted(workspace, model, many[::-1])


@pytest.mark.parametrize("how", ["cut", "empty", "zeros at the end", "another file", "fewer predictions"])
def test_a_damaged_file_is_made_again(workspace: Workspace, model: Model, many: Images, how: str) -> None:
    """Whatever a power cut or a person has left there is not used."""
    first = predicted(workspace, model, many)
    (file,) = workspace.predictions.iterdir()
    whole = file.read_bytes()
    if how == "fewer predictions":
        np.savez(file, with_no_digit=first[:-1])
    else:
        damaged = {"cut": whole[:100], "empty": b"", "another file": b"PK, but no archive"}
        file.write_bytes(damaged.get(how, whole[:1000] + bytes(len(whole) - 1400) + whole[-400:]))
    np.testing.assert_array_equal(predicted(workspace, model, many), first)
    assert file.read_bytes() == whole, "it is stored again"


def test_without_a_cache_it_predicts_all_the_same(
    workspace: Workspace, model: Model, many: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full or cannot be written to does not end a fine-tuning."""
    workspace.predictions.write_text("no folder")
    assert len(predicted(workspace, model, many)) == len(many)
    workspace.predictions.unlink()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert len(predicted(workspace, model, many)) == len(many)
    assert not list(workspace.predictions.iterdir())


def test_only_the_newest_files_are_kept(workspace: Workspace, model: Model, many: Images) -> None:
    """So the folder does not grow for ever."""
    for number in range(CACHED + 2):
        predicted(workspace, model, many[number:])
    assert len(list(workspace.predictions.iterdir())) == CACHED


def test_unfinished_predictions_are_not_cached(workspace: Workspace, model: Model, many: Images) -> None:
    """A fine-tuning that is stopped leaves no file."""
    with beside(workspace) as background:
        background.leave()
        assert len(background.predict(model, many, cache=True).result().logits) < len(many)
    assert not workspace.predictions.exists()
