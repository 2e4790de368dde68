"""Open a model from elsewhere: run only in a subprocess, after `mnist_core.transfer.check_file`."""

import json
from pathlib import Path

import keras
import numpy as np

from mnist_core.clock import now
from mnist_core.engine.export import export
from mnist_core.errors import InputError
from mnist_core.registry import Card
from mnist_core.transfer import MAX_PARAMETERS, OPEN_MEMORY


def limit_memory() -> None:
    """Let this process have no more address space than `OPEN_MEMORY` (where the system can)."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (OPEN_MEMORY, OPEN_MEMORY))


def open_model(path: Path, folder: Path) -> None:
    """Load, export into `folder`, and describe in card.json whether it is a digit model.

    Raises:
        InputError: it cannot be loaded, or is too large.
    """
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, AttributeError, MemoryError) as error:
        raise InputError(f"Keras cannot load it: {str(error).splitlines()[0][:200]}") from None
    if model.count_params() > MAX_PARAMETERS:
        raise InputError(f"it has {model.count_params():,} parameters; {MAX_PARAMETERS:,} are allowed")
    usable = tuple(model.input_shape) == (None, 28, 28) and tuple(model.output_shape) == (None, 10)
    figures = {}
    if usable:
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
        data={"input_shape": list(model.input_shape), "output_shape": list(model.output_shape)},
        usable=usable,
    )
    (folder / "card.json").write_text(json.dumps(card.model_dump()), encoding="utf-8")
