"""ONNX files from elsewhere: checked, tried on digits, and brought to the form that all models have here."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_core.common.errors import InputError
from mnist_core.data import synthetic
from mnist_core.engine.export import untrusted
from mnist_core.models import onnx_check
from mnist_core.models.card import Card
from mnist_core.models.input_form import FORMS, InputForm, Wanted
from mnist_core.models.predictor import Predictor

X, Y = synthetic.generate(300, seed=5)
LIMIT = 1_000_000


@pytest.fixture(autouse=True, scope="module")
def drawn_once() -> Iterator[None]:
    """An import draws the same synthetic digits each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "generate", cache(synthetic.generate))
        yield


@cache
def weights(form: InputForm) -> "tuple[np.typing.NDArray[Any], np.typing.NDArray[Any]]":
    """Those of a linear network that predicts digits in this form well: each digit's mean image, by least squares."""
    values = (X * form.factor + form.offset).reshape(len(X), 784)
    given = np.column_stack([values, np.ones(len(X))])
    ridge = given.T @ given + 1e-2 * np.trace(given.T @ given) / 785 * np.eye(785)
    found = np.linalg.solve(ridge, given.T @ (20 * np.eye(10)[Y]))
    return found[:-1], found[-1]


def network(
    shape: list[Any],
    end: str = "",
    *,
    form: InputForm = FORMS[0],
    opset: int = 17,
    type: int = TensorProto.FLOAT,
    extra: "list[onnx.NodeProto] | None" = None,
) -> onnx.ModelProto:
    """A linear digit network.

    Args:
        shape: of its input, with the batch.
        end: the operator at its end; "" for logits.
        extra: operators before it.
    """
    matrix, bias = weights(form)
    number = np.float64 if type == TensorProto.DOUBLE else np.float32
    nodes = [
        *(extra or []),
        helper.make_node("Reshape", ["x", "flat"], ["values"]),
        helper.make_node("Gemm", ["values", "w", "b"], ["logits" if end else "y"]),
    ]
    if end:
        nodes.append(helper.make_node(end, ["logits"], ["y"], **({} if end == "Sigmoid" else {"axis": 1})))
    tensors = {
        "flat": np.array([shape[0] if shape[0] == 1 else -1, 784]),
        "w": matrix.astype(number),
        "b": bias.astype(number),
    }
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", type, shape)],
        [helper.make_tensor_value_info("y", type, [shape[0], 10])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def taking(type: int, model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with an input of another type."""
    model.graph.input[0].type.tensor_type.elem_type = type
    model.graph.node[0].input[0] = "cast"
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["cast"], to=TensorProto.FLOAT))
    return model


def imported(model: onnx.ModelProto, folder: Path, wanted: Wanted = Wanted()) -> Card:  # noqa: B008 – it is frozen
    """What comes of an import, in this process."""
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    np.savez(folder / "digits.npz", x=X, y=Y)
    untrusted.open_onnx(folder / "m.onnx", folder, wanted)
    return Card.parse((folder / "card.json").read_bytes(), "card.json")


@pytest.mark.parametrize(
    ("end", "shape", "opset", "type"),
    [
        ("", ["N", 784], 17, TensorProto.FLOAT),
        ("Softmax", ["N", 28, 28], 17, TensorProto.FLOAT),
        ("LogSoftmax", ["N", 28, 28, 1], 17, TensorProto.FLOAT),
        ("Softmax", ["N", 1, 28, 28], 17, TensorProto.DOUBLE),
        ("LogSoftmax", [1, 1, 28, 28], 17, TensorProto.FLOAT),
        ("", [1, 1, 28, 28], 8, TensorProto.FLOAT),
    ],
)
def test_every_usual_layout_predicts(end: str, shape: list[Any], opset: int, type: int, tmp_path: Path) -> None:
    """Images of 0 to 255 in any number, logits out; one that takes a single image takes many, one after another."""
    card = imported(network(shape, end, opset=opset, type=type), tmp_path)
    assert (card.usable, card.predicts_only, card.kind) == (True, True, "imported")
    assert card.inputs is not None
    assert (card.inputs.scale, card.inputs.inverted) == ("x/255", False)
    assert card.inputs.accuracy > 0.9
    matrix, bias = weights(FORMS[0])
    logits = (X / 255).reshape(-1, 784) @ matrix + bias
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = Predictor(tmp_path / "model.onnx").probabilities(X)
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-3)


def test_probabilities_in_our_own_shapes_become_logits(tmp_path: Path) -> None:
    """A file of these shapes need not be ours."""
    card = imported(taking(TensorProto.UINT8, network(["N", 28, 28], "Softmax", form=InputForm("x"))), tmp_path)
    assert card.inputs is not None
    assert (card.inputs.scale, card.inputs.inverted) == ("x", False)
    assert Predictor(tmp_path / "model.onnx").probabilities(X).max(axis=1).mean() > 0.9


def test_sigmoids_become_logits(tmp_path: Path) -> None:
    """Taken for logits, ten numbers from 0 to 1 would give no probability above 23 %."""
    model = network(["N", 784], "Sigmoid")
    bias = next(each for each in model.graph.initializer if each.name == "b")
    bias.CopyFrom(numpy_helper.from_array((weights(FORMS[0])[1] - 10).astype(np.float32), "b"))
    imported(model, tmp_path)
    assert Predictor(tmp_path / "model.onnx").probabilities(X).max(axis=1).mean() > 0.9


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_scale_and_background_are_found_out(form: InputForm, tmp_path: Path) -> None:
    """On real digits, or as the person says; what was found is told."""
    card = imported(network(["N", 784], form=form), tmp_path)
    assert card.inputs is not None
    assert card.inputs.inverted == form.inverted
    assert card.inputs.accuracy > 0.9
    assert "MNIST training images correctly with inputs" in card.inputs.text
    said = imported(network(["N", 784], form=form), tmp_path, Wanted(form.scale, form.inverted))
    assert said.inputs is not None
    assert (said.inputs.scale, said.inputs.inverted) == (form.scale, form.inverted)


def test_a_wrong_form_is_told(tmp_path: Path) -> None:
    """A person may say what does not fit."""
    card = imported(network(["N", 784]), tmp_path, Wanted("x/255", inverted=True))
    assert card.inputs is not None
    assert card.inputs.is_bad
    assert "dark digits on a light background" in card.inputs.text


def outside(model: onnx.ModelProto) -> None:
    model.graph.initializer[1].data_location = TensorProto.EXTERNAL
    model.graph.initializer[1].external_data.add(key="location", value="/etc/passwd")


def custom(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.example"


def loop(model: onnx.ModelProto) -> None:
    model.graph.node[0].op_type = "Loop"


def large(model: onnx.ModelProto) -> None:
    model.graph.initializer[1].dims[:] = [LIMIT, 1000]


def large_constant(model: onnx.ModelProto) -> None:
    value = TensorProto(dims=[LIMIT, 1000], data_type=TensorProto.FLOAT)
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=value))


def sparse(model: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["c"])
    node.attribute.add(name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR).sparse_tensor.dims[:] = [LIMIT] * 2
    model.graph.node.append(node)


def own_function(model: onnx.ModelProto) -> None:
    model.functions.add(name="f", domain="d")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (outside, "in another file"),
        (custom, r"com\.example\.Reshape, which is not allowed"),
        (loop, "the operator Loop, which is not allowed"),
        (large, "parameters. The limit is"),
        (large_constant, "parameters. The limit is"),
        (sparse, "the operator Constant, which is not allowed"),
        (own_function, "functions of its own"),
    ],
)
def test_what_could_do_harm_is_refused(change: Callable[[onnx.ModelProto], None], says: str, tmp_path: Path) -> None:
    """Before ONNX Runtime sees it."""
    model = network(["N", 784])
    change(model)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match=says):
        onnx_check.load(tmp_path / "m.onnx", LIMIT)


@pytest.mark.parametrize("content", [b"\xff" * 50, b"PK\3\4", b"<html>"])
def test_what_is_no_onnx_file_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(InputError):
        untrusted.open_onnx(tmp_path / "m.onnx", tmp_path, Wanted())


@pytest.mark.parametrize("shape", [["N", 32, 32], ["N", 3, 28, 28], [16, 784]])
def test_another_network_is_refused_in_a_sentence(shape: list[Any], tmp_path: Path) -> None:
    """It takes something else, or only sixteen images at once."""
    with pytest.raises(InputError, match="A digit model takes images of 28×28 pixels and gives 10 numbers"):
        imported(network(shape), tmp_path)


def test_another_type_is_named(tmp_path: Path) -> None:
    """Its shapes are right."""
    with pytest.raises(InputError, match=r"values of the type INT32\..* FLOAT, DOUBLE"):
        imported(taking(TensorProto.INT32, network(["N", 784])), tmp_path)


def test_our_own_files_stay_as_they_are(tmp_path: Path) -> None:
    """Byte for byte, with the digit score."""
    from mnist_core.models.registry import shipped

    untrusted.open_onnx(shipped().onnx, tmp_path, Wanted())
    assert (tmp_path / "model.onnx").read_bytes() == shipped().onnx.read_bytes()
    card = Card.parse((tmp_path / "card.json").read_bytes(), "card.json")
    assert card.digit_score == shipped().card.digit_score
    assert card.inputs is None
