"""Predictions of exported models in a background thread, cached for old digits from one fine-tuning to the next."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError, StorageError
from mnist_core.common.files import replacing, storage_errors
from mnist_core.common.workspace import Workspace
from mnist_core.data import npz
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor

BATCH = 500
CACHED = 8
"""The number of cached files, the newest ones: two belong to each model that is tuned."""

Images = npt.NDArray[np.uint8]


class BackgroundPredictor:
    """Predicts images in its own thread until it is told to leave."""

    def __init__(self, pool: ThreadPoolExecutor, workspace: Workspace) -> None:
        self._pool, self._folder, self._leave = pool, workspace.predictions, threading.Event()

    def predict(self, model: Model, images: Images, *, cache: bool = False) -> "Future[Outputs]":
        """The future outputs.

        Args:
            cache: whether the same model will predict the same images again.

        Raises:
            InputError: the model has no ONNX file.
        """
        if model.without_onnx:
            raise InputError(model.without_onnx)
        return self._pool.submit(self._cached if cache else self._predict, model, images)

    def leave(self) -> None:
        """Skip the remaining predictions."""
        self._leave.set()

    def _cached(self, model: Model, images: Images) -> Outputs:
        file = self._folder / f"{_key(model.onnx, images)}.npz"
        if (stored := _stored(file)) is not None and len(stored.logits) == len(images):
            return stored
        outputs = self._predict(model, images)
        if not self._leave.is_set():
            with suppress(StorageError):  # a full or read-only disk: then it is predicted again next time
                self._store(file, outputs)
        return outputs

    def _store(self, file: Path, outputs: Outputs) -> None:
        with storage_errors(self._folder):
            self._folder.mkdir(exist_ok=True)
            with replacing(file) as path:
                np.savez(path, with_no_digit=outputs.with_no_digit)
            for old in sorted(self._folder.glob("*.npz"), key=lambda each: each.stat().st_mtime)[:-CACHED]:
                old.unlink()

    def _predict(self, model: Model, images: Images) -> Outputs:
        predictor, found = Predictor.of(model, threads=0), []
        for start in range(0, len(images), BATCH):
            if self._leave.is_set():
                break
            found.append(predictor.outputs(images[start : start + BATCH]))
        return Outputs.joined(found)


def _stored(file: Path) -> Outputs | None:
    """The cached outputs; None if there are none or the file is damaged."""
    try:
        return Outputs.of(npz.read(file, ("with_no_digit",))["with_no_digit"])
    except InputError:
        return None


def _key(onnx: Path, images: Images) -> str:
    """The hash of everything that the predictions depend on."""
    return hashlib.sha256(onnx.read_bytes() + images.tobytes()).hexdigest()


@contextmanager
def beside(workspace: Workspace) -> Iterator[BackgroundPredictor]:
    """A background predictor whose thread ends with the block."""
    with ThreadPoolExecutor(1) as pool:
        background = BackgroundPredictor(pool, workspace)
        try:
            yield background
        finally:
            background.leave()
