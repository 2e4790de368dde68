"""Open a model from elsewhere: run only in a subprocess, after `import_export.check_file` and `check_weights`."""

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import psutil

from mnist_core.common import names
from mnist_core.common.clock import now
from mnist_core.common.errors import InputError
from mnist_core.common.files import NO_ROOM
from mnist_core.common.language import _
from mnist_core.data import synthetic
from mnist_core.engine.backends.devices import OutOfMemory, naming_out_of_memory
from mnist_core.engine.export.foreign_inputs import (
    SMALLEST,
    Digits,
    are_probabilities,
    digits_in,
    find_form,
    layout_of,
)
from mnist_core.engine.export.foreign_onnx import ONE_BY_ONE, ForeignNetwork
from mnist_core.engine.export.onnx import export
from mnist_core.evaluation.calibration import digit_threshold
from mnist_core.models import onnx_check
from mnist_core.models.card import Card, Figures, Shapes
from mnist_core.models.import_export import MAX_OUTPUT, MAX_PARAMETERS, OPEN_MEMORY
from mnist_core.models.input_form import Inputs, Wanted
from mnist_core.models.predictor import Predictor

WITH_SCORE = [(None, 10), (None,)]
"""The outputs of this program's own models that learned from outliers: logits and digit scores."""
CALIBRATED_ON = 1000
"""Synthetic digits whose scores set the threshold of "not a digit"."""


def limit_memory() -> None:
    """Limit the address space of this process to another `OPEN_MEMORY`, if the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = psutil.Process().memory_info().vms + OPEN_MEMORY
    with suppress(ValueError):  # macOS does not know this limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _as_ours(model: keras.Model, digits: Digits, wanted: Wanted) -> tuple[keras.Model, Inputs]:
    """The same network from (28, 28) uint8 to logits, and how it gets its images."""
    layout = layout_of(model.input_shape)
    assert layout is not None
    model = _giving_logits(model, digits.images[:50].reshape(-1, *layout))
    takes_bytes = model.inputs[0].dtype == "uint8"
    if takes_bytes:
        wanted = Wanted("x", inverted=False)

    def predict(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        shaped = values.reshape(-1, *layout)
        found: npt.NDArray[np.float32] = model.predict(shaped.astype("uint8") if takes_bytes else shaped, verbose=0)
        return found

    form, inputs = find_form(predict, digits, wanted)
    image = x = keras.Input((28, 28), dtype="uint8", name="image")
    if not takes_bytes:
        x = keras.layers.Rescaling(form.factor, form.offset)(x)
    if layout != (28, 28):
        x = keras.layers.Reshape(layout)(x)
    if model.input_shape == (None, 28, 28) and takes_bytes:
        return model, inputs
    return keras.Model(image, model(x), name=model.name), inputs


def _giving_logits(model: keras.Model, images: npt.NDArray[np.uint8]) -> keras.Model:
    """The model without the softmax at its end, or with a logarithm after it if the softmax cannot be removed.

    The logarithm of a softmax gives logits already.
    """
    last = model.layers[-1]
    if isinstance(last, keras.layers.Softmax):
        model = keras.Model(model.inputs, last.input, name=model.name)
    elif getattr(last, "activation", None) in (keras.activations.softmax, keras.activations.sigmoid):
        last.activation = keras.activations.linear
    if not are_probabilities(model.predict(images, verbose=0)):
        return model
    logits = keras.ops.log(keras.ops.maximum(model.outputs[0], SMALLEST))
    return keras.Model(model.inputs, logits, name=model.name)


def open_model(path: Path, folder: Path, wanted: Wanted | None = None) -> None:
    """Load, export into `folder`, and describe in card.json whether it is a digit model.

    Args:
        path: a .keras or an .h5 file.
        wanted: what the person says about the images that the network wants.

    Raises:
        InputError: it cannot be loaded or run, or is too large.
        OSError: the disk has no room for it.
    """
    with _in_sentences("Keras"):
        _open(path, folder, wanted or Wanted())


def open_onnx(path: Path, folder: Path, wanted: Wanted) -> None:
    """Like `open_model`, for an .onnx file, which can only predict.

    Raises:
        InputError: it cannot be loaded or run, is too large, or is no digit model.
    """
    with _in_sentences("ONNX Runtime"):
        network = ForeignNetwork(onnx_check.load(path, MAX_PARAMETERS))
        inputs = None
        digits = digits_in(folder)
        if network.is_ours and not are_probabilities(network.outputs(digits.images[:50])):
            shutil.copyfile(path, folder / "model.onnx")
        else:
            if network.layout is None:
                raise InputError(network.refusal)
            inputs = _wrap(network, digits, wanted, folder / "model.onnx")
        outputs = Predictor(folder / "model.onnx").outputs(synthetic.generate(CALIBRATED_ON, seed=1)[0])
        card = Card(
            name=path.stem,
            kind="imported",
            architecture="onnx",
            parameters=network.parameters,
            created=now(),
            digit_score=outputs.scores is not None,
            digit_threshold=digit_threshold(outputs),
            shapes=Shapes(input_shape=network.input_shape, output_shape=network.output_shape),
            inputs=inputs,
            predicts_only=True,
        )
        (folder / "card.json").write_text(card.text(), encoding="utf-8")


def _wrap(network: ForeignNetwork, digits: Digits, wanted: Wanted, target: Path) -> Inputs:
    if network.one_by_one:
        digits = Digits(digits.images[:ONE_BY_ONE], digits.labels[:ONE_BY_ONE], digits.source)
    if network.takes_bytes:
        wanted = Wanted("x", inverted=False)
    probabilities = are_probabilities(network.outputs(digits.images[:50]))

    def predict(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        found = network.outputs(values)
        return np.log(np.maximum(found, np.float32(SMALLEST))) if probabilities else found

    form, inputs = find_form(predict, digits, wanted)
    network.wrap(form, target, probabilities=probabilities)
    return inputs


@contextmanager
def _in_sentences(library: str) -> Iterator[None]:
    """Whatever a library raises for a model ends in one sentence.

    Raises:
        InputError: the model cannot be used.
        OSError: the disk has no room for it.
    """
    try:
        with naming_out_of_memory():
            yield
    except InputError:
        raise
    except OutOfMemory:
        raise InputError(_("It takes more memory than is allowed.")) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise  # it is not the model's fault
        # All others: a model may be made to break a library, and these raise anything.
        raise InputError(_("{library} cannot use it: {problem}", library=library, problem=_reason(error))) from None


def _reason(error: Exception) -> str:
    """The cause in one line. Keras puts it at the end of a long message."""
    cause = str(error).split("Exception encountered: ")[-1].strip()
    return (cause.splitlines() or [type(error).__name__])[0][:200]


def _open(path: Path, folder: Path, wanted: Wanted) -> None:
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    shapes = Shapes(input_shape=model.inputs[0].shape, output_shape=model.outputs[0].shape)
    _check_size(model)
    returned = [each.shape for each in model.outputs]
    ours = returned == WITH_SCORE and shapes.input_shape == (None, 28, 28) and model.inputs[0].dtype == "uint8"
    alike = returned == [(None, 10)] and layout_of(shapes.input_shape) is not None
    usable = len(model.inputs) == 1 and (ours or alike)
    difference = threshold = inputs = None
    if usable:
        if not ours:
            model, inputs = _as_ours(model, digits_in(folder), wanted)
        sample = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype(np.uint8)
        exported = export(model, folder, sample)
        difference = exported.difference
        threshold = digit_threshold(exported.outputs(synthetic.generate(CALIBRATED_ON, seed=1)[0]))
    else:
        model.save(folder / "model.keras")
    card = Card(
        name=path.stem,
        kind="imported",
        architecture=names.cleaned(model.name[:50]),
        parameters=model.count_params(),
        created=now(),
        figures=Figures(onnx_difference=difference),
        digit_score=ours,
        digit_threshold=threshold,
        shapes=shapes,
        inputs=inputs,
        usable=usable,
    )
    (folder / "card.json").write_text(card.text(), encoding="utf-8")


def _check_size(model: keras.Model) -> None:
    """Raises:
    InputError: it has too many parameters, or a layer that gives too much for one image.
    """
    if model.count_params() > MAX_PARAMETERS:
        raise InputError(
            _("It has {count:,} parameters. The limit is {limit:,}.", count=model.count_params(), limit=MAX_PARAMETERS)
        )
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _check_size(layer)
        outputs = keras.tree.flatten(layer.output)
        if (largest := max(math.prod(filter(None, each.shape)) for each in outputs)) > MAX_OUTPUT:
            raise InputError(
                _(
                    "Its layer {layer!r} returns {count:,} numbers for one image. The limit is {limit:,}.",
                    layer=layer.name,
                    count=largest,
                    limit=MAX_OUTPUT,
                )
            )
