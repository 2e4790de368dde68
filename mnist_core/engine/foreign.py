"""Open a model from elsewhere: run only in a subprocess, after `transfer.check_file` and `check_weights`."""

import json
from pathlib import Path

import keras
import numpy as np
import psutil

from mnist_core import handwriting
from mnist_core.clock import now
from mnist_core.engine.devices import OutOfMemory, naming_out_of_memory
from mnist_core.engine.export import export
from mnist_core.engine.gate import Reading
from mnist_core.errors import InputError
from mnist_core.registry import Card
from mnist_core.transfer import MAX_PARAMETERS, OPEN_MEMORY


def limit_memory() -> None:
    """Let this process have no more than another `OPEN_MEMORY` of address space (where the system can)."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = psutil.Process().memory_info().vms + OPEN_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _as_ours(model: keras.Model) -> keras.Model:
    """The same network taking (28, 28) uint8 and giving logits.

    Whether it was trained on 0…255 or on 0…1 stands nowhere, so it is tried on digits that the program writes.
    """
    if getattr(model.layers[-1], "activation", None) is keras.activations.softmax:
        model.layers[-1].activation = keras.activations.linear
    if model.inputs[0].dtype == "uint8":
        return model
    images, labels = handwriting.generate(200, seed=0)
    losses = {
        scale: Reading(model.predict(images * np.float32(scale), verbose=0), labels).loss for scale in (1.0, 1 / 255)
    }
    scale = min(losses, key=losses.__getitem__)
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    return keras.Model(inputs, model(keras.layers.Rescaling(scale)(inputs)), name=model.name)


def open_model(path: Path, folder: Path) -> None:
    """Load, export into `folder`, and describe in card.json whether it is a digit model.

    Raises:
        InputError: it cannot be loaded, or is too large.
    """
    try:
        with naming_out_of_memory():
            model = keras.models.load_model(path, compile=False, safe_mode=True)
        shapes = {"input_shape": list(model.input_shape), "output_shape": list(model.output_shape)}
    except OutOfMemory:
        raise InputError("it takes more memory than is allowed.") from None
    except (ValueError, TypeError, KeyError, OSError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(f"Keras cannot load it: {reason}") from None
    if model.count_params() > MAX_PARAMETERS:
        raise InputError(f"it has {model.count_params():,} parameters; {MAX_PARAMETERS:,} are allowed")
    usable = shapes == {"input_shape": [None, 28, 28], "output_shape": [None, 10]}
    figures = {}
    if usable:
        model = _as_ours(model)
        sample = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype(np.uint8)
        figures["onnx_difference"] = export(model, folder, sample)
    else:
        model.save(folder / "model.keras")
    card = Card(
        name=path.stem,
        kind="imported",
        architecture=model.name[:50],
        parameters=model.count_params(),
        created=now(),
        figures=figures,
        data=shapes,
        usable=usable,
    )
    (folder / "card.json").write_text(json.dumps(card.model_dump()), encoding="utf-8")
