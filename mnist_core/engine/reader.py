"""What exported models read, beside other work; the larger readings are remembered from one fine-tuning to the next."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.predictor import Predictor
from mnist_core.registry import Model
from mnist_core.workspace import Workspace, replacing

READ_AT_ONCE = 500
REMEMBERED_FROM = 1000
"""Images from which on a reading takes long enough to be remembered."""

Images = npt.NDArray[np.uint8]
Logits = npt.NDArray[np.float32]


class Reader:
    """Reads images in a thread of its own, until it is told to leave."""

    def __init__(self, pool: ThreadPoolExecutor, workspace: Workspace) -> None:
        self._pool, self._workspace, self._leave = pool, workspace, threading.Event()

    def read(self, model: Model, images: Images) -> "Future[Logits]":
        """The promise of (N, 10) logits."""
        return self._pool.submit(self._read, model, images)

    def leave(self) -> None:
        """What is still to be read is not."""
        self._leave.set()

    def _read(self, model: Model, images: Images) -> Logits:
        if len(images) < REMEMBERED_FROM:
            return self._read_anew(model, images)
        remembered = self._workspace.readings / f"{_key(model.onnx, images)}.npy"
        with suppress(OSError, ValueError, EOFError):  # there is none, or it was damaged
            logits: Logits = np.load(remembered)
            return logits
        logits = self._read_anew(model, images)
        if not self._leave.is_set():
            remembered.parent.mkdir(exist_ok=True)
            with replacing(remembered, durable=False) as path:
                np.save(path, logits)
        return logits

    def _read_anew(self, model: Model, images: Images) -> Logits:
        predictor, read = Predictor(model.onnx, threads=0), [np.zeros((0, 10), np.float32)]
        for start in range(0, len(images), READ_AT_ONCE):
            if self._leave.is_set():
                break
            read.append(predictor.logits(images[start : start + READ_AT_ONCE]))
        return np.concatenate(read)


def _key(onnx: Path, images: Images) -> str:
    """Of what a reading depends on."""
    return hashlib.sha256(onnx.read_bytes() + images.tobytes()).hexdigest()


@contextmanager
def beside(workspace: Workspace) -> Iterator[Reader]:
    """A reader whose thread ends with the block, however that ends."""
    with ThreadPoolExecutor(1) as pool:
        reader = Reader(pool, workspace)
        try:
            yield reader
        finally:
            reader.leave()
