"""An ONNX file from elsewhere → one that takes (N, 28, 28) uint8 images and gives (N, 10) logits."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, compose, helper, numpy_helper, version_converter

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, listed
from mnist_core.engine.export.foreign_inputs import SMALLEST, layout_of
from mnist_core.models import onnx_check
from mnist_core.models.input_form import InputForm

Floats = npt.NDArray[np.float32]

TYPES = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64, TensorProto.UINT8: np.uint8}
OLDEST_IR = 8
OLDEST_OPSET = 13
"""Operators of older versions are converted, because some, such as Scan, mean something else."""
BATCH = 64
ONE_BY_ONE = 300
"""The most images that are tried on a network that takes one image at a time."""


class ForeignNetwork:
    """A checked ONNX model that can be tried and wrapped."""

    def __init__(self, model: onnx.ModelProto) -> None:
        """Raises:
        InputError: it has several inputs.
        """
        opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1)
        if opset < OLDEST_OPSET:
            model = version_converter.convert_version(model, OLDEST_OPSET)
        self._model = model
        weights = {each.name for each in model.graph.initializer}
        inputs = [each for each in model.graph.input if each.name not in weights]
        if len(inputs) != 1:
            raise InputError(_("It has {count} inputs. A digit model has one.", count=len(inputs)))
        self._input = inputs[0]
        self.input_shape = _shape(self._input)
        self.type = self._input.type.tensor_type.elem_type
        self.output_shape = _shape(model.graph.output[0])
        self._session = _session(model)

    @property
    def parameters(self) -> int:
        """The numbers in its weights."""
        return onnx_check.parameters(self._model)

    @property
    def one_by_one(self) -> bool:
        """Whether it takes one image at a time."""
        return self.input_shape[:1] == (1,)

    @property
    def takes_bytes(self) -> bool:
        """Whether its input has whole numbers from 0 to 255, so that no other form is possible."""
        return bool(self.type == TensorProto.UINT8)

    @property
    def layout(self) -> tuple[int, ...] | None:
        """The shape of one image; None if it takes no digits."""
        takes = self.type in TYPES and self.input_shape[:1] in ((None,), (1,))
        return layout_of(self.input_shape) if takes else None

    @property
    def is_ours(self) -> bool:
        """Whether this program could have written it: images in, logits and perhaps scores out."""
        shapes = [_shape(each)[1:] for each in self._model.graph.output]
        takes = self.takes_bytes and self.input_shape == (None, 28, 28)
        return takes and shapes in ([(10,)], [(10,), ()])

    @property
    def refusal(self) -> Text:
        """Why it has no layout, in a sentence."""
        if self.type in TYPES:
            return no_digit_model(self.input_shape, self.output_shape)
        return _(
            "It takes values of the type {given}. A digit model takes values of the types {allowed}.",
            given=TensorProto.DataType.Name(self.type),
            allowed=listed(map(TensorProto.DataType.Name, TYPES)),
        )

    def outputs(self, images: npt.NDArray[Any]) -> Floats:
        """(N, 28, 28) values → (N, 10) outputs.

        Raises:
            InputError: it does not give ten numbers for each image.
        """
        assert self.layout is not None
        size = 1 if self.one_by_one else BATCH
        values = images.reshape(-1, *self.layout).astype(TYPES[self.type])
        name = [self._model.graph.output[0].name]
        pieces = [
            self._session.run(name, {self._input.name: values[n : n + size]})[0] for n in range(0, len(values), size)
        ]
        found = np.concatenate([np.asarray(each, np.float32).reshape(-1) for each in pieces])
        if found.size != 10 * len(images):
            raise InputError(no_digit_model(self.input_shape, self.output_shape))
        return found.reshape(-1, 10)

    def wrap(self, form: InputForm, target: Path, *, probabilities: bool) -> None:
        """Write the network with its images brought into `form`, and logits at its end.

        Args:
            probabilities: whether its outputs are probabilities, whose logarithm is taken.
        """
        network = compose.add_prefix(self._model, "network/").graph
        graph = helper.make_graph(
            [*self._preparing(), *self._predicting(network), *_finishing(probabilities)],
            "digits",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 28, 28])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
            [*self._constants(form), *network.initializer],
        )
        opsets = [each for each in self._model.opset_import if each.domain in ("", "ai.onnx")]
        version = max(self._model.ir_version, OLDEST_IR)  # older ones list weights among the inputs
        wrapped = helper.make_model(graph, opset_imports=opsets, ir_version=version)
        target.write_bytes(wrapped.SerializeToString())

    def _constants(self, form: InputForm) -> list[onnx.TensorProto]:
        assert self.layout is not None
        constants: dict[str, npt.NDArray[Any]] = {
            "factor": np.array(form.factor, np.float32),
            "offset": np.array(form.offset, np.float32),
            "layout": np.array([1 if self.one_by_one else -1, *self.layout], np.int64),
            "digits": np.array([10] if self.one_by_one else [-1, 10], np.int64),
            "smallest": np.array(SMALLEST, np.float32),
        }
        return [numpy_helper.from_array(value, name) for name, value in constants.items()]

    def _preparing(self) -> list[onnx.NodeProto]:
        """image → prepared."""
        return [
            helper.make_node("Cast", ["image"], ["values"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["values", "factor"], ["multiplied"]),
            helper.make_node("Add", ["multiplied", "offset"], ["moved"]),
            helper.make_node("Cast", ["moved"], ["prepared"], to=self.type),
        ]

    def _predicting(self, network: onnx.GraphProto) -> list[onnx.NodeProto]:
        """prepared → raw: the network itself, in a loop over the images if it takes one at a time."""
        weights = {each.name for each in network.initializer}
        (given,) = [each.name for each in network.input if each.name not in weights]
        into, out = ("one", "row") if self.one_by_one else ("prepared", "raw")
        nodes = [
            helper.make_node("Reshape", [into, "layout"], [given]),
            *network.node,
            helper.make_node("Reshape", [network.output[0].name, "digits"], [out]),
        ]
        if not self.one_by_one:
            return nodes
        gives = network.output[0].type.tensor_type.elem_type
        body = helper.make_graph(
            nodes,
            "one_image",
            [helper.make_tensor_value_info("one", self.type, [28, 28])],
            [helper.make_tensor_value_info("row", gives, [10])],
        )
        return [helper.make_node("Scan", ["prepared"], ["raw"], body=body, num_scan_inputs=1)]


def _finishing(probabilities: bool) -> list[onnx.NodeProto]:
    """raw → logits."""
    if not probabilities:
        return [helper.make_node("Cast", ["raw"], ["logits"], to=TensorProto.FLOAT)]
    return [
        helper.make_node("Cast", ["raw"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Max", ["numbers", "smallest"], ["bounded"]),
        helper.make_node("Log", ["bounded"], ["logits"]),
    ]


def no_digit_model(takes: tuple[int | None, ...], gives: tuple[int | None, ...]) -> Text:
    """That a network with these shapes is none for digits."""
    return _(
        "It takes {input} and gives {output}. A digit model takes images of 28×28 pixels and gives 10 numbers.",
        input=str(takes).replace("None", "N"),
        output=str(gives).replace("None", "N"),
    )


def _shape(value: onnx.ValueInfoProto) -> tuple[int | None, ...]:
    sides = value.type.tensor_type.shape.dim
    return tuple(each.dim_value if each.HasField("dim_value") and each.dim_value > 0 else None for each in sides)


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
