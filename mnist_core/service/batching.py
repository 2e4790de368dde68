"""Dynamic batching: while one batch is predicted, the next one forms from whatever arrives."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from mnist_core.drawing.strokes import Gray, Strokes
from mnist_core.models.predictor import Prediction
from mnist_core.service.active import Loaded
from mnist_core.service.served import Batch

LARGEST = 64
"""Images of a batch, unless one request alone has more."""
CHUNK = 32
"""A request with more images sends them one chunk after the other, so that others need not wait for all of them."""

Images = Sequence[tuple[Gray, Strokes | None]]
"""Each (28, 28) uint8, with the strokes that it was made from."""


@dataclass(frozen=True)
class Answer:
    """The predictions for one chunk of a request's images, all by one model."""

    loaded: Loaded
    predictions: list[Prediction]
    batch: Batch


Chunk = tuple[Images, asyncio.Future[Answer]]
"""What waits, and where its answer goes."""


class Batcher:
    """The queue of one model. Its thread runs ONNX Runtime, which lets Python's other threads run meanwhile."""

    def __init__(self, model: Callable[[], Loaded], on_batch: Callable[[int], None]) -> None:
        """
        Args:
            model: gives the model for the next batch.
            on_batch: is told how many images a batch has.
        """
        self._model, self._on_batch = model, on_batch
        self._queue: asyncio.Queue[Chunk] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "predict")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Called in the event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Nothing may wait any more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown()

    async def predict(self, images: Images) -> list[Answer]:
        """The predictions for one request, in chunks: an answer for each."""
        answers = []
        for start in range(0, len(images), CHUNK):
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._queue.put_nowait((images[start : start + CHUNK], answer))
            answers.append(await answer)
        return answers

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._next_batch()
            self._on_batch(sum(len(images) for images, _ in batch))
            try:
                answers = await loop.run_in_executor(self._thread, self._predict, [images for images, _ in batch])
            except Exception as error:  # noqa: BLE001 – whatever it is, each request tells its own client
                for _, waiting in batch:
                    if not waiting.done():  # its client may have gone
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)

    async def _next_batch(self) -> list[Chunk]:
        """Chunks whose requests still wait. A request that was given up, or whose client has gone, is skipped."""
        batch: list[Chunk] = []
        count = 0
        while not batch or (count < LARGEST and not self._queue.empty()):
            images, waiting = await self._queue.get()
            if not waiting.done():
                batch.append((images, waiting))
                count += len(images)
        return batch

    def _predict(self, requests: list[Images]) -> list[Answer]:
        """Runs in the thread."""
        loaded = self._model()
        together = [each for images in requests for each in images]
        images, strokes = np.stack([image for image, _ in together]), [drawn for _, drawn in together]
        started = time.thread_time()
        found = iter(loaded.predictor.predict_all(images, strokes))
        batch = Batch(len(together), time.thread_time() - started)
        return [Answer(loaded, [next(found) for _ in own], batch) for own in requests]
