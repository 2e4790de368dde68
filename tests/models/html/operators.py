"""One operator at a time, with inputs, for the HTML file's scripts and for ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
RNG = np.random.default_rng(7)


@dataclass(frozen=True)
class Case:
    """An operator, its inputs and its attributes."""

    operator: str
    inputs: Sequence[Array | None]
    attributes: dict[str, Any]
    outputs: int = 1

    @property
    def given(self) -> list[Any]:
        """As the scripts take it."""
        inputs = [
            each if each is None else {"shape": [*each.shape], "values": each.ravel().tolist()} for each in self.inputs
        ]
        return [self.operator, inputs, self.attributes]


def _case(operator: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Case:
    """Shapes stand for random numbers, lists for whole numbers."""
    made = [
        None if each is None
        else np.array(each, np.int64) if isinstance(each, list)
        else RNG.normal(size=each).astype(np.float32) if isinstance(each, tuple)
        else each
        for each in inputs
    ]  # fmt: skip
    return Case(operator, made, attributes, outputs)


POSITIVE = np.linspace(0.1, 4, 12, dtype=np.float32).reshape(3, 4)
IMAGE = (1, 3, 7, 6)

CASES = [
    *(_case(each, (1, 3, 4), (1, 3, 4)) for each in ("Add", "Sub", "Mul", "Div", "Max")),
    *(_case(each, (1, 3, 4, 5), (3, 1, 1)) for each in ("Add", "Mul")),
    _case("Sub", (5,), (2, 1)),
    _case("Mul", (2, 3), ()),
    *(_case(each, (2, 9)) for each in ("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Identity", "Elu", "LeakyRelu")),
    _case("LeakyRelu", (2, 9), alpha=0.3),
    _case("Elu", (2, 9), alpha=0.5),
    *(_case(each, POSITIVE) for each in ("Sqrt", "Reciprocal", "Log")),
    _case("Cast", POSITIVE * 60, to=1),
    _case("Cast", POSITIVE * 60, to=2),
    _case("Concat", (1, 2, 3), (1, 4, 3), axis=1),
    _case("Concat", (2, 2), (2, 1), axis=-1),
    _case("Reshape", (2, 3, 4), [0, -1]),
    _case("Reshape", (2, 3, 4), [4, 3, 2]),
    _case("Squeeze", (1, 3, 1, 1), [2, -1]),
    _case("Squeeze", (1, 3, 1, 2)),
    _case("Unsqueeze", (3, 2), [0, -1]),
    _case("Flatten", (2, 3, 4), axis=2),
    _case("Flatten", (1, 3, 4)),
    _case("Transpose", (2, 3, 4), perm=[2, 0, 1]),
    _case("Transpose", (2, 3)),
    _case("Pad", (1, 2, 3, 3), [0, 0, 1, 2, 0, 0, 0, 1]),
    _case("Pad", (2, 3), [1, 0, 0, 2], np.array(0.5, np.float32)),
    _case("Slice", (1, 5, 6), [1, 0], [2**31 - 1, -2], [1, 2]),
    _case("Slice", (4, 3), [-3], [-1], [0]),
    _case("Softmax", (2, 3, 5), axis=-1),
    _case("Gemm", (1, 6), (6, 10), (10,)),
    _case("Gemm", (6, 2), (5, 6), (5,), transA=1, transB=1, alpha=0.5, beta=2.0),
    _case("Gemm", (2, 6), (6, 3)),
    _case("MatMul", (1, 7), (7, 10)),
    _case("MatMul", (2, 3, 5, 4), (2, 3, 4, 6)),
    _case("MatMul", (2, 5, 4), (4, 3)),
    _case("Conv", IMAGE, (5, 3, 3, 3), (5,), pads=[1, 1, 1, 1]),
    _case("Conv", IMAGE, (4, 3, 3, 2), strides=[2, 1], pads=[0, 1, 1, 0]),
    _case("Conv", IMAGE, (2, 3, 2, 2), dilations=[2, 2]),
    _case("Conv", IMAGE, (6, 1, 3, 3), (6,), group=3),
    _case("MaxPool", IMAGE, kernel_shape=[2, 2], strides=[2, 2]),
    _case("MaxPool", IMAGE, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    _case("AveragePool", IMAGE, kernel_shape=[2, 3], strides=[1, 2], pads=[1, 1, 0, 0]),
    _case("GlobalAveragePool", IMAGE),
    _case("GlobalAveragePool", (1, 4, 9)),
    _case("LSTM", (5, 1, 3), (1, 16, 3), (1, 16, 4), (1, 32), hidden_size=4, outputs=3),
    _case("LSTM", (5, 1, 3), (1, 16, 3), (1, 16, 4), (1, 32), None, (1, 1, 4), (1, 1, 4), hidden_size=4, outputs=3),
]  # fmt: skip


def computed(case: Case) -> list[Array]:
    """The outputs of the operator by ONNX Runtime."""
    names = ["" if each is None else f"input{n}" for n, each in enumerate(case.inputs)]
    outputs = [f"output{n}" for n in range(case.outputs)]
    node = helper.make_node(case.operator, names, outputs, **case.attributes)
    weights = [
        numpy_helper.from_array(each, name) for each, name in zip(case.inputs, names, strict=True) if each is not None
    ]
    kind = TensorProto.UINT8 if case.attributes.get("to") == TensorProto.UINT8 else TensorProto.FLOAT
    graph = helper.make_graph(
        [node], "one", [], [helper.make_tensor_value_info(name, kind, None) for name in outputs], weights
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(each) for each in session.run(None, {})]
