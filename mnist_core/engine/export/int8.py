"""A network in float32 → the same in int8: weights and what flows between the layers are 8-bit integers.

Each output channel of a layer has a scale of its own. Images show how large the values between the layers become, and
larger ones are cut off. So there must be non-digits among them if the network tells digits from non-digits. The input
stays uint8 and the outputs stay float32, so the file is used like the original.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from mnist_core.common import log
from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.data import outliers
from mnist_core.models.model import Model

Images = npt.NDArray[np.uint8]

QUANTIZED = ["Conv", "MatMul", "Gemm"]
"""The operators that compute most. The others are quick, and quantizing them costs accuracy.

An lstm has most of its weights elsewhere, so its file hardly shrinks.
"""
BATCH = 50
CALIBRATED = 500
"""Images on which the scales of an int8 file are measured. Half of them are no digits.

Values beyond the measured ranges are cut off. With digits alone, that makes the digit score of anything a digit's.
"""


def calibration_images(digits: Images) -> Images:
    """Some of these images of digits, and as many outliers."""
    half = CALIBRATED // 2
    chosen = np.random.default_rng(0).permutation(len(digits))[: CALIBRATED - half]
    return np.concatenate([digits[chosen], outliers.generate(half, seed=1)])


def onnx_in_int8(source: Path, target: Path, images: Images) -> None:
    """Quantize an ONNX file, statically: pairs of QuantizeLinear and DequantizeLinear around each layer.

    Args:
        source: an ONNX file that takes uint8 images.
        images: (N, 28, 28), some hundred like those that the network has learned, non-digits too.
    """
    with scratch_folder() as folder:
        prepared = folder / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared), str(target), _Batches(prepared, images), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=QUANTIZED,
        )  # fmt: skip
    model = onnx.load(target)
    shorten_names(model)
    onnx.save(model, target)


def shorten_names(model: onnx.ModelProto) -> None:
    """Give all tensors inside a network short names. Those of the tools take more bytes than a small network's weights.

    A network with a network inside an operator, such as a loop, stays as it is.
    """
    graph = model.graph
    if any(attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute):
        return
    names: dict[str, str] = {each.name: each.name for each in (*graph.input, *graph.output)} | {"": ""}

    def short(name: str) -> str:
        return names.setdefault(name, f"_{len(names):x}")

    for node in graph.node:
        node.input[:], node.output[:] = map(short, node.input), map(short, node.output)
        node.name = ""
    for weight in graph.initializer:
        weight.name = short(weight.name)
    del graph.value_info[:]


def make(model: Model, target: Path, images: Images | None) -> None:
    """The ONNX file of a registered model in int8.

    Raises:
        StudioError: ONNX Runtime cannot quantize this network.
    """
    assert images is not None
    quantize(model.onnx, target, images)


def quantize(source: Path, target: Path, images: Images) -> None:
    """`onnx_in_int8`, whose failure ends in one sentence.

    Raises:
        StudioError: ONNX Runtime cannot quantize this network.
    """
    try:
        onnx_in_int8(source, target, images)
    except Exception as error:  # its tools raise whatever their libraries do
        log.logger.warning("%s could not be made.", target.name, exc_info=error)
        raise StudioError(
            _("ONNX Runtime cannot quantize this network ({error}).", error=type(error).__name__)
        ) from error


class _Batches(CalibrationDataReader):  # type: ignore[misc] # ONNX Runtime carries no types
    """The images, as ONNX Runtime asks for them."""

    def __init__(self, model: Path, images: Images) -> None:
        self._name = onnx.load(model).graph.input[0].name
        self._batches = iter([images[start : start + BATCH] for start in range(0, len(images), BATCH)])

    def get_next(self) -> dict[str, Images] | None:
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}


def litert_in_int8(saved_model: Path, target: Path, images: Images) -> None:
    """Convert a SavedModel to LiteRT with integers only.

    Args:
        saved_model: a folder; its network takes uint8 images.
        images: as for `onnx_in_int8`.
    """
    import tensorflow as tf

    def samples() -> Iterator[list[Images]]:
        return ([image[None]] for image in images)

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    logging.getLogger("absl").setLevel(logging.ERROR)
    target.write_bytes(converter.convert())
