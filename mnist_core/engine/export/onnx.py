"""A trained network → the two files that the registry keeps, checked against each other."""

import contextlib
import importlib.util
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mnist_core.common import log
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.files import replacing, scratch_folder
from mnist_core.common.language import Text, _, advice
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import OnnxConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends import saved
from mnist_core.engine.context import RunContext
from mnist_core.engine.export import rewriting
from mnist_core.engine.export.apart import run_apart
from mnist_core.evaluation.outputs import Outputs
from mnist_core.evaluation.reports import OnnxReport
from mnist_core.models.model import Model
from mnist_core.models.predictor import BROKEN, Predictor
from mnist_core.models.registry import Registry

TOLERANCE = 1e-3
"""How far a logit of the ONNX file may be from Keras' own. It is relative to the largest logit, if that is above 1.

The two add the same float32 products in another order, so their difference grows with the numbers that are added. It
is about a millionth of the largest logit: logits of 1,000 differ by more than 1e-3 although nothing is wrong. A layer
that was converted wrongly changes logits by about their own size.
"""
SAMPLE = 256
"""Synthetic digits on which a file that is made later is compared."""
BATCH = 1024

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Exported:
    """What came of an export."""

    outputs: Callable[[Images], Outputs]
    """(N, 28, 28) → the ONNX file's outputs, or those of Keras if there is no file."""
    difference: float | None
    """The largest difference of an output between the two; None where there is no ONNX file."""
    warning: Text | None = None
    """Why there is no ONNX file."""


def in_float32(network: keras.Model) -> keras.Model:
    """The same network in float32, the precision in which it is kept and exported."""

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        is_input = isinstance(layer, keras.layers.InputLayer)
        return layer.__class__.from_config(layer.get_config() if is_input else _with_float32(layer.get_config()))

    copy = keras.models.clone_model(network, clone_function=clone)
    copy.set_weights(network.get_weights())
    return copy


def _with_float32(config: dict[str, Any]) -> dict[str, Any]:
    """The config of a layer in float32, including the layers inside it, such as the cell of a recurrent layer."""
    return {
        name: "float32" if name == "dtype" else _with_float32(value) if isinstance(value, dict) else value
        for name, value in config.items()
    }


def export(network: keras.Model, folder: Path, sample: Images, like: rewriting.Exported | None = None) -> Exported:
    """Write model.keras and, unless it fails or differs, model.onnx into `folder`.

    A model without an ONNX file is worth keeping: `write_checked` may make the file later.

    Args:
        network: a float32 model (28, 28) uint8 → logits, or logits and scores.
        sample: (N, 28, 28) images to compare on.
        like: a network with an ONNX file that probably differs by its weights alone. Then this file is made from that.
    """
    network.save(folder / "model.keras")
    try:
        difference = write_checked(folder / "model.keras", folder / "model.onnx", sample, like)
    except StudioError as error:
        (folder / "model.onnx").unlink(missing_ok=True)  # of an attempt that was cut off
        warning = _(
            "{problem} So the model has no ONNX file and cannot predict yet. It was tested with Keras. {advice}",
            problem=error.text,
            advice=advice(
                app=_("Make the file on the Models page."),
                command_line=_("To make the file: mnist-studio models make-onnx NAME"),
            ),
        )
        return Exported(lambda images: keras_outputs(network, images), None, warning)
    return Exported(Predictor(folder / "model.onnx", threads=0).outputs, difference)


def write_checked(
    source: Path, target: Path, sample: Images, like: rewriting.Exported | None = None, *, anyway: bool = False
) -> float:
    """Write the ONNX file of a .keras file; return the largest difference of a logit between the two.

    Args:
        like: as for `export`.
        anyway: keep the file even if it differs.

    Raises:
        StudioError: the conversion fails, the two do not agree, or the source is damaged; then there is no new file.
    """
    with replacing(target) as temporary:
        with keras.device("cpu"):  # a GPU multiplies float32 with ten bits less, as TF32
            network = saved.load(source)
            expected = keras_outputs(network, sample).with_no_digit
            allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
            rewritten = like is not None and rewriting.rewrite(like, network.get_weights(), temporary)
            difference = _if_it_runs(temporary, sample, expected) if rewritten else np.inf
            if not difference <= allowed:  # also if it is NaN
                _convert(network, source, temporary)
                difference = _difference(temporary, sample, expected)
        if not (difference <= allowed or anyway):
            raise StudioError(
                _(
                    "The logits of the ONNX file differ from the model's by up to {difference:.2g} (limit: "
                    "{limit:.2g}). {advice}",
                    difference=difference,
                    limit=allowed,
                    advice=advice(
                        app=_("On the command line, mnist-studio models make-onnx NAME --anyway keeps such a file."),
                        command_line=_("To keep such a file: mnist-studio models make-onnx NAME --anyway"),
                    ),
                )
            )
    return difference


def _if_it_runs(rewritten: Path, images: Images, expected: npt.NDArray[np.float32]) -> float:
    """`_difference` of a rewritten file; infinite if ONNX Runtime cannot run it."""
    try:
        return _difference(rewritten, images, expected)
    except StudioError:
        return np.inf


def _difference(path: Path, images: Images, expected: npt.NDArray[np.float32]) -> float:
    """The largest difference of an output of an ONNX file from what Keras gives, as `Outputs.with_no_digit`.

    Raises:
        StudioError: ONNX Runtime cannot run the file.
    """
    try:
        return float(np.abs(Predictor(path).outputs(images).with_no_digit - expected).max())
    except BROKEN as error:
        log.logger.warning("A new ONNX file cannot be run.", exc_info=error)
        raise StudioError(
            _("ONNX Runtime cannot run the converted model ({error}).", error=type(error).__name__)
        ) from error


def make_file(model: Model, workspace: Workspace, *, anyway: bool = False) -> float:
    """Make the ONNX file of a registered model; return the largest difference of a logit. An int8 model stays in int8.

    Args:
        anyway: keep the file even if it differs.

    Raises:
        InputError: it is not a digit model.
        UnreadableError: its Keras file is missing or damaged.
        StudioError: as for `write_checked`.
    """
    if not model.card.usable:
        raise InputError(_("{model} is not a digit model, so it needs no ONNX file.", model=model.name))
    if model.without_keras:
        raise UnreadableError(model.without_keras)
    sample = synthetic.generate(SAMPLE, seed=0)[0]
    try:
        if model.card.is_int8:
            return _write_int8(model, workspace, sample, anyway=anyway)
        return write_checked(model.keras, model.onnx, sample, anyway=anyway)
    except UnreadableError:
        raise UnreadableError(model.damaged(model.keras)) from None


def _write_int8(model: Model, workspace: Workspace, sample: Images, *, anyway: bool) -> float:
    """As `write_checked`, in int8."""
    from mnist_core.engine.export.files import Samples  # the tools take a while; few models are in int8
    from mnist_core.engine.export.int8 import quantize

    with scratch_folder() as folder, replacing(model.onnx) as temporary:
        write_checked(model.keras, folder / model.onnx.name, sample, anyway=anyway)
        quantize(folder / model.onnx.name, temporary, Samples(workspace).for_calibration)
        return _difference(temporary, sample, keras_outputs(saved.load(model.keras), sample).with_no_digit)


def make_onnx(context: RunContext[OnnxConfig]) -> OnnxReport:
    """`make_file` as a job."""
    started = time.monotonic()
    context.tell("exporting")
    difference = make_file(Registry(context.workspace).of_config(context.config.model), context.workspace)
    return OnnxReport(total_seconds=round(time.monotonic() - started, 3), onnx_difference=difference)


def keras_outputs(network: keras.Model, images: Images) -> Outputs:
    """(N, 28, 28) → the outputs for all, without ONNX Runtime."""
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    found = [keras.tree.flatten(network(batch, training=False)) for batch in batches]
    return Outputs.joined([Outputs(*map(keras.ops.convert_to_numpy, each)) for each in found])


def _convert(network: keras.Model, source: Path, target: Path) -> None:
    """Write the ONNX file by TensorFlow, whichever backend is used, or by PyTorch if TensorFlow is not installed.

    JAX would need another package. The other backend runs in another process.

    Raises:
        StudioError: it fails.
    """
    if keras.backend.backend() == "tensorflow":
        try:
            write_onnx(network, target)
        except Exception as error:  # a converter raises whatever its libraries do
            log.logger.warning("No ONNX file could be made.", exc_info=error)
            raise StudioError(_("The conversion to ONNX failed ({error}).", error=type(error).__name__)) from error
        return
    converter = "tensorflow" if importlib.util.find_spec("tensorflow") else "torch"
    if failure := run_apart(converter, convert_saved, source, target):
        raise StudioError(_("The conversion to ONNX failed ({error}).", error=failure))


def write_onnx(network: keras.Model, target: Path) -> None:
    """The ONNX file, by the present backend."""
    network(np.zeros((1, 28, 28), np.uint8))  # Keras exports only what has been called once
    with contextlib.redirect_stdout(io.StringIO()):  # tf2onnx prints where --json's result belongs
        network.export(target, format="onnx", verbose=False)


def convert_saved(source: str, target: str) -> None:
    """Convert a .keras file, in a process of its own with another backend."""
    write_onnx(keras.models.load_model(source, compile=False), Path(target))
