"""The ONNX file of a tuned network, made from its base's file."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import synthetic
from mnist_core.engine.backends import saved
from mnist_core.engine.export import onnx, rewriting
from mnist_core.engine.export.rewriting import Exported, Floats, rewrite
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

IMAGES = synthetic.generate(20, seed=1)[0]


def base() -> Exported:
    return Exported(saved.network_of(shipped()).get_weights(), shipped().onnx)


def test_it_predicts_as_the_tuned_network_does(tmp_path: Path) -> None:
    """Convolutions, whose stored weights hold the scale of a normalisation, and the last layer have changed."""
    network, random = saved.network_of(shipped()), np.random.default_rng(0)
    for weight in network.weights:
        if weight.path.split("/")[0] in ("conv2d_2", "conv2d_3", "logits"):
            weight.assign(weight + 0.05 * random.normal(size=weight.shape))
    target = tmp_path / "model.onnx"
    assert rewrite(base(), network.get_weights(), target)
    found, expected = Predictor(target).logits(IMAGES), onnx.keras_outputs(network, IMAGES).logits
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.abs(found - Predictor(shipped().onnx).logits(IMAGES)).max() > 0.1


@pytest.mark.parametrize("layer", ["batch_normalization_1", "of another network"])
def test_what_is_not_found_is_not_written(layer: str, tmp_path: Path) -> None:
    """Of the normalisation, the file has what came of it; another network has other weights."""
    network = saved.network_of(shipped())
    weights = [np.asarray(weight) + np.float32(layer in weight.path) for weight in network.weights]
    assert not rewrite(base(), weights[: None if layer.startswith("batch") else -1], tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def write_rubbish(target: Path) -> None:
    target.write_bytes(b"rubbish")


def write_the_old_model(target: Path) -> None:
    shutil.copy(shipped().onnx, target)


@pytest.mark.parametrize("write", [write_the_old_model, write_rubbish])
def test_a_wrong_file_is_converted_instead(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It predicts differently, or ONNX Runtime cannot run it."""

    def wrong(like: Exported, weights: list[Floats], target: Path) -> bool:
        write(target)
        return True

    monkeypatch.setattr(rewriting, "rewrite", wrong)
    network = saved.network_of(shipped())
    for weight in network.weights:
        weight.assign(np.asarray(weight) * 1.1)
    exported = onnx.export(network, tmp_path, IMAGES, base())
    assert exported.warning is None
    assert exported.difference is not None
    np.testing.assert_allclose(
        exported.outputs(IMAGES).logits, onnx.keras_outputs(network, IMAGES).logits, rtol=1e-3, atol=1e-2
    )


def test_a_right_file_is_compared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison that accepts the file also gives the difference."""
    compared: list[Path] = []
    compare = onnx._difference

    def counted(path: Path, images: onnx.Images, expected: Floats) -> float:
        compared.append(path)
        return compare(path, images, expected)

    monkeypatch.setattr(onnx, "_difference", counted)
    monkeypatch.setattr(onnx, "_convert", None)
    assert onnx.export(saved.network_of(shipped()), tmp_path, IMAGES, base()).warning is None
    assert len(compared) == 1
