"""The allow-list for ONNX files from elsewhere. It runs only in the subprocess that opens a model."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_core.common.errors import InputError
from mnist_core.common.language import _

if TYPE_CHECKING:
    import onnx

OPERATORS = frozenset(
    "Abs Add And ArgMax AveragePool BatchNormalization Cast Clip Concat Constant Conv Div Dropout Elu Equal Erf Exp "
    "Flatten GRU Gather Gelu Gemm GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish Identity "
    "InstanceNormalization LSTM LayerNormalization LeakyRelu Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg PRelu "
    "Pad Pow RNN Reciprocal ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape Selu Shape Sigmoid Slice "
    "Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where".split()
)
"""The operators of ONNX itself that a model may have. None runs another graph or reads a file.

Some, such as Pad and MatMul, can make a large result of small inputs: the limits of the subprocess end that.
"""
MAX_NODES = 5000


def load(path: Path, max_parameters: int) -> "onnx.ModelProto":
    """The model in an ONNX file.

    Raises:
        InputError: it is damaged, too large, refers to another file, or has operators that are not allowed.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except Exception:  # noqa: BLE001 – Protocol Buffers has a class of its own, which is not in its types
        raise InputError(_("The file is damaged or is not an ONNX file.")) from None
    graph = model.graph
    if not graph.node or model.functions or len(graph.node) > MAX_NODES:
        raise InputError(_("It has no operators, more than {limit:,}, or functions of its own.", limit=MAX_NODES))
    for node in graph.node:
        has_more = any(
            each.HasField("g") or each.graphs or each.HasField("sparse_tensor") or each.sparse_tensors
            for each in node.attribute
        )
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS or has_more:
            raise InputError(
                _(
                    "It uses the operator {operator}, which is not allowed. Only plain operators of ONNX are allowed.",
                    operator=f"{node.domain}.{node.op_type}".strip(".")[:60],
                )
            )
    constants = [each.t for node in graph.node for each in node.attribute if each.HasField("t")]
    for tensor in (*graph.initializer, *constants):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise InputError(_("Its weights are in another file. Save the model as one file."))
    if graph.sparse_initializer or parameters(model) > max_parameters:
        raise InputError(
            _("It has {count:,} parameters. The limit is {limit:,}.", count=parameters(model), limit=max_parameters)
        )
    return model


def parameters(model: "onnx.ModelProto") -> int:
    """The numbers in its weights and its constants."""
    constants = [each for node in model.graph.node if node.op_type == "Constant" for each in node.attribute]
    tensors = [*model.graph.initializer, *(each.t for each in constants if each.HasField("t"))]
    listed = sum(len(each.floats) + len(each.ints) + len(each.strings) for each in constants)
    return int(sum(math.prod(each.dims) for each in tensors) + listed)
