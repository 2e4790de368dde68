"""An HTML file → the network in it, as ONNX: what its scripts compute, for a check without a browser."""

import base64
import json
import re
from pathlib import Path

from mnist_core.models.html.weights import unpacked

MODEL = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)
WEIGHTS = re.compile(r'<script type="text/plain" id="weights">(.*?)</script>', re.DOTALL)


def network_in(path: Path) -> bytes:
    """An ONNX file, for one image at a time.

    Raises:
        AttributeError: it is no such page.
    """
    from onnx import TensorProto, helper, numpy_helper

    text = path.read_text("utf-8")
    graph = json.loads(MODEL.search(text).group(1))["graph"]  # type: ignore[union-attr]
    content = base64.b64decode(WEIGHTS.search(text).group(1))  # type: ignore[union-attr]
    weights = [numpy_helper.from_array(value, name) for name, value in unpacked(graph["weights"], content).items()]
    nodes = [helper.make_node(kind, given, made, **attributes) for kind, given, made, attributes in graph["nodes"]]
    made = helper.make_graph(
        nodes, "page",
        [helper.make_tensor_value_info(graph["input"], TensorProto.UINT8, [1, 28, 28])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in graph["outputs"]],
        weights,
    )  # fmt: skip
    opset = helper.make_opsetid("", graph["opset"])
    return bytes(helper.make_model(made, opset_imports=[opset], ir_version=8).SerializeToString())
