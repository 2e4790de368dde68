"""An ONNX file → the operators and weights of the HTML file's network.

A network in int8 becomes one in float32. Then ONNX Runtime simplifies the network for one image: it computes what is
constant, such as the shapes, and merges normalisations into convolutions. What remains are the few plain operators that
`operators.js` has.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import onnxruntime

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.models.html import quantized
from mnist_core.models.predictor import BROKEN

if TYPE_CHECKING:
    import onnx

Array = npt.NDArray[Any]
DAMAGED: tuple[type[Exception], ...] = (*BROKEN, IndexError)
ANY: tuple[Any, ...] = ()
"""Any value of an attribute is allowed."""
_WINDOW: dict[str, tuple[Any, ...]] = {
    "kernel_shape": ANY,
    "strides": ANY,
    "pads": ANY,
    "auto_pad": ("NOTSET", "VALID"),
}

OPERATORS: dict[str, dict[str, tuple[Any, ...]]] = {
    "Add": {},
    "AveragePool": _WINDOW | {"ceil_mode": (0,), "count_include_pad": (0,), "dilations": ([1, 1],)},
    "Cast": {"to": (1, 2, 11)},
    "Concat": {"axis": ANY},
    "Conv": _WINDOW | {"dilations": ANY, "group": ANY},
    "Div": {},
    "Elu": {"alpha": ANY},
    "Exp": {},
    "Flatten": {"axis": ANY},
    "Gemm": {"alpha": ANY, "beta": ANY, "transA": ANY, "transB": ANY},
    "GlobalAveragePool": {},
    "Identity": {},
    "LSTM": {
        "hidden_size": ANY, "direction": ("forward",), "activations": (["Sigmoid", "Tanh", "Tanh"],),
        "input_forget": (0,), "layout": (0,),
    },
    "LeakyRelu": {"alpha": ANY},
    "Log": {},
    "MatMul": {},
    "Max": {},
    "MaxPool": _WINDOW | {"ceil_mode": (0,), "storage_order": (0,), "dilations": ([1, 1],)},
    "Mul": {},
    "Neg": {},
    "Pad": {"mode": ("constant",)},
    "Reciprocal": {},
    "Relu": {},
    "Reshape": {"allowzero": (0,)},
    "Sigmoid": {},
    "Slice": {},
    "Softmax": {"axis": (-1,)},
    "Sqrt": {},
    "Squeeze": {},
    "Sub": {},
    "Tanh": {},
    "Transpose": {"perm": ANY},
    "Unsqueeze": {},
}  # fmt: skip
"""Operator of `operators.js` → its attributes → the values that it can have there."""

MOST_INPUTS = {"LSTM": 7, "Max": 2, "Slice": 4}
"""An operator with more inputs does more than its function in `operators.js`."""
LEFT_OUT = {"LSTM": 4}
"""The place of an input that the function does not have, and that a network may leave out: the lengths of sequences."""


@dataclass(frozen=True)
class Graph:
    """A network for one image."""

    input: str
    outputs: list[str]
    """The logits and, if the network has one, the score."""
    nodes: list[tuple[str, list[str], list[str], dict[str, Any]]]
    """Operator, inputs, outputs, attributes."""
    weights: dict[str, Array]
    opset: int
    """The version of ONNX's operators."""

    @property
    def channels(self) -> dict[str, int]:
        """For each matrix or filter the axis of its outputs."""
        found = {}
        for operator, inputs, _outputs, attributes in self.nodes:
            for name in inputs[1:]:
                if name not in self.weights or operator not in ("Conv", "Gemm", "LSTM", "MatMul"):
                    continue
                last = self.weights[name].ndim - 1
                found[name] = {"Conv": 0, "LSTM": 1}.get(operator, 0 if attributes.get("transB") else last)
        return found


def graph_of(path: Path) -> Graph:
    """The network in an ONNX file.

    Raises:
        InputError: it has an operator or an attribute that `operators.js` lacks.
        UnreadableError: ONNX Runtime cannot open it.
    """
    from onnx import helper, numpy_helper

    model = _simplified(path)
    nodes = []
    for node in model.graph.node:
        attributes = {each.name: _plain(helper.get_attribute_value(each)) for each in node.attribute}
        check(node.op_type, node.domain, attributes, node.input)
        nodes.append((node.op_type, [*node.input], [*node.output], attributes))
    (given,) = [each.name for each in model.graph.input]
    weights = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    (opset,) = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return Graph(given, [each.name for each in model.graph.output], nodes, weights, opset)


def _simplified(path: Path) -> "onnx.ModelProto":
    import onnx

    try:
        model = onnx.load_model_from_string(path.read_bytes())
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
        for each in model.graph.output:
            each.type.tensor_type.shape.dim[0].dim_value = 1
        del model.graph.value_info[:]
        if quantized.is_quantized(model):
            quantized.in_float32(model)
        with scratch_folder() as folder:
            options = onnxruntime.SessionOptions()
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
            options.optimized_model_filepath = str(folder / "simple.onnx")
            options.log_severity_level = 4
            onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
            return onnx.load(folder / "simple.onnx")
    except DAMAGED as error:
        raise UnreadableError(
            _("The file {file} is damaged or is not a model. {reason}", file=str(path), reason=type(error).__name__)
        ) from None


def check(operator: str, domain: str, attributes: Mapping[str, Any], inputs: Sequence[str]) -> None:
    """Check that the page has this operator.

    Args:
        inputs: their names; "" for one that is left out.

    Raises:
        InputError: `operators.js` lacks it, or this use of it.
    """
    known = OPERATORS.get(operator) if domain in ("", "ai.onnx") else None
    others = [
        f"{operator} ({name} = {json.dumps(value)})"
        for name, value in attributes.items()
        if known is not None and (name not in known or (known[name] is not ANY and value not in known[name]))
    ]
    too_many = len(inputs) > MOST_INPUTS.get(operator, len(inputs))
    unknown = operator in LEFT_OUT and any(inputs[LEFT_OUT[operator] :][:1])
    if known is None or others or too_many or unknown:
        raise InputError(
            _(
                "This network uses the operator {operator}, which the HTML file does not have. Export the model as "
                ".onnx instead.",
                operator=next(iter(others), operator),
            )
        )


def _plain(value: Any) -> Any:
    """An attribute as JSON has it."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return round(value, 9) if isinstance(value, float) else value
