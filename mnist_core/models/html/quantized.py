"""An ONNX file in int8 → the same network in float32, with the rounded weights."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import onnx

Array = npt.NDArray[Any]
QUANTIZE, DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"


def is_quantized(model: "onnx.ModelProto") -> bool:
    """Whether anything in it is stored or computed in int8."""
    return any(node.op_type == DEQUANTIZE for node in model.graph.node)


def in_float32(model: "onnx.ModelProto") -> None:
    """Replace each quantized weight by its numbers; remove the operators that quantize what flows between layers."""
    from onnx import helper, numpy_helper

    stored = {each.name: each for each in model.graph.initializer}
    values = {name: numpy_helper.to_array(each) for name, each in stored.items()}
    passed_on = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == QUANTIZE}
    names: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type != DEQUANTIZE:
            continue
        given, (result,) = node.input[0], node.output
        if given in passed_on:
            names[result] = passed_on[given]
            continue
        axis = next((helper.get_attribute_value(each) for each in node.attribute if each.name == "axis"), 1)
        weight = _dequantized(*(values[each] for each in node.input), axis=axis)
        model.graph.initializer.append(numpy_helper.from_array(weight, result))
    kept = [node for node in model.graph.node if node.op_type not in (QUANTIZE, DEQUANTIZE)]
    for node in kept:
        node.input[:] = [_source(name, names) for name in node.input]
    ends = [each.name for each in model.graph.output if each.name in names]
    kept += [helper.make_node("Identity", [_source(end, names)], [end]) for end in ends]
    used = {name for node in kept for name in node.input}
    _replace(model.graph.node, kept)
    _replace(model.graph.initializer, [each for each in model.graph.initializer if each.name in used])


def _source(name: str, names: dict[str, str]) -> str:
    while name in names:
        name = names[name]
    return name


def _dequantized(whole: Array, scale: Array, zero: Array | None = None, *, axis: int) -> npt.NDArray[np.float32]:
    shape = [-1 if each == axis % whole.ndim else 1 for each in range(whole.ndim)] if scale.ndim else []
    zeros = np.zeros_like(scale) if zero is None else zero
    found: npt.NDArray[np.float32] = (whole.astype(np.float32) - zeros.astype(np.float32).reshape(shape)) * (
        scale.reshape(shape)
    )
    return found.astype(np.float32)


def _replace(field: Any, kept: list[Any]) -> None:
    """Protocol Buffers' lists cannot be assigned."""
    kept = [type(each).FromString(each.SerializeToString()) for each in kept]
    del field[:]
    field.extend(kept)
