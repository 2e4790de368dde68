"""A network in int8, as the HTML file computes it."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from mnist_core.data import synthetic
from mnist_core.engine.export.int8 import calibration_images, onnx_in_int8
from mnist_core.models.html import quantized
from mnist_core.models.html.graph import OPERATORS, graph_of
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


@pytest.fixture(scope="module")
def int8_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model in int8."""
    path = tmp_path_factory.mktemp("int8") / "model.onnx"
    onnx_in_int8(shipped().onnx, path, calibration_images(synthetic.generate(50, seed=1)[0]))
    return path


def test_it_predicts_the_same_in_float32(int8_file: Path, tmp_path: Path) -> None:
    """But for what int8 rounds between the layers; no number of 8 bits is left."""
    model = onnx.load(int8_file)
    assert quantized.is_quantized(model)
    quantized.in_float32(model)
    assert not quantized.is_quantized(model)
    assert onnx.TensorProto.INT8 not in {each.data_type for each in model.graph.initializer}
    onnx.save(model, tmp_path / "float.onnx")
    images = synthetic.generate(60, seed=2)[0]
    whole, rounded = (Predictor(each).outputs(images) for each in (tmp_path / "float.onnx", int8_file))
    assert (whole.logits.argmax(axis=1) == rounded.logits.argmax(axis=1)).mean() > 0.95
    assert np.abs(whole.logits - rounded.logits).mean() < 0.5
    assert np.abs(whole.digit_scores - rounded.digit_scores).mean() < 1


def test_the_page_has_its_operators(int8_file: Path) -> None:
    """Its weights are those of the int8 file, so they take few values."""
    graph = graph_of(int8_file)
    assert {operator for operator, *_rest in graph.nodes} <= OPERATORS.keys()
    weight = max(graph.weights.values(), key=lambda each: each.size)
    assert weight.dtype == np.float32
    assert len(np.unique(weight.reshape(len(weight), -1)[0])) < 256
