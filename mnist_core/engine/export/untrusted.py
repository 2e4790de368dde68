"""Open a model from elsewhere: run only in a subprocess, after `import_export.check_file` and `check_weights`."""

import math
from contextlib import suppress
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
from mnist_core.engine.export.onnx import export
from mnist_core.evaluation.calibration import digit_threshold
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.card import Card, Figures, Shapes
from mnist_core.models.import_export import MAX_OUTPUT, MAX_PARAMETERS, OPEN_MEMORY

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


def _as_ours(model: keras.Model) -> keras.Model:
    """The same network from (28, 28) uint8 to logits.

    The file does not say whether it was trained on 0…255 or on 0…1, so both are tried on synthetic digits.
    """
    images, labels = synthetic.generate(200, seed=0)
    images = images.reshape(-1, *model.input_shape[1:])
    model = _giving_logits(model, images)
    if model.inputs[0].dtype == "uint8" and model.input_shape == (None, 28, 28):
        return model
    inputs = x = keras.Input((28, 28), dtype="uint8", name="image")
    if model.inputs[0].dtype != "uint8":
        losses = {
            scale: Predictions(model.predict(images * np.float32(scale), verbose=0), labels).loss
            for scale in (1.0, 1 / 255)
        }
        x = keras.layers.Rescaling(min(losses, key=losses.__getitem__))(x)
    if model.input_shape != (None, 28, 28):
        x = keras.layers.Reshape((28, 28, 1))(x)
    return keras.Model(inputs, model(x), name=model.name)


def _giving_logits(model: keras.Model, images: npt.NDArray[np.uint8]) -> keras.Model:
    """The model without the softmax at its end, or with a logarithm after it if the softmax cannot be removed."""
    last = model.layers[-1]
    if isinstance(last, keras.layers.Softmax):
        model = keras.Model(model.inputs, last.input, name=model.name)
    elif getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    outputs = model.predict(images, verbose=0)
    if (outputs < 0).any() or not np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
        return model
    logits = keras.ops.log(keras.ops.maximum(model.outputs[0], 1e-7))
    return keras.Model(model.inputs, logits, name=model.name)


def open_model(path: Path, folder: Path) -> None:
    """Load, export into `folder`, and describe in card.json whether it is a digit model.

    Raises:
        InputError: it cannot be loaded or run, or is too large.
        OSError: the disk has no room for it.
    """
    try:
        with naming_out_of_memory():
            _open(path, folder)
    except InputError:
        raise
    except OutOfMemory:
        raise InputError(_("It takes more memory than is allowed.")) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise  # it is not the model's fault
        # All others: a model may be made to break Keras, whose libraries raise anything.
        raise InputError(_("Keras cannot use it: {problem}", problem=_reason(error))) from None


def _reason(error: Exception) -> str:
    """The cause in one line. Keras puts it at the end of a long message."""
    cause = str(error).split("Exception encountered: ")[-1].strip()
    return (cause.splitlines() or [type(error).__name__])[0][:200]


def _open(path: Path, folder: Path) -> None:
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    shapes = Shapes(input_shape=model.inputs[0].shape, output_shape=model.outputs[0].shape)
    _check_size(model)
    returned = [each.shape for each in model.outputs]
    ours = returned == WITH_SCORE and shapes.input_shape == (None, 28, 28) and model.inputs[0].dtype == "uint8"
    alike = returned == [(None, 10)] and (*shapes.input_shape, 1)[:4] == (None, 28, 28, 1)
    usable = len(model.inputs) == 1 and (ours or alike)
    difference = threshold = None
    if usable:
        model = model if ours else _as_ours(model)
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
