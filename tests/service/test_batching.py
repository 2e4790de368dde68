"""Dynamic batching, with a predictor that waits until it may go on."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from mnist_core.models.registry import shipped
from mnist_core.service.active import Loaded
from mnist_core.service.batching import Batcher
from tests.service.client import PATIENCE_S


def test_what_was_given_up_is_not_predicted() -> None:
    """A client that has gone, or whose time is over, takes no time of the others."""
    begun, go, sizes = threading.Event(), threading.Event(), []

    def predict_all(images: Any, strokes: Any) -> list[Any]:
        begun.set()
        assert go.wait(PATIENCE_S)
        sizes.append(len(images))
        return ["prediction"] * len(images)

    loaded = Loaded(shipped(), cast(Any, SimpleNamespace(predict_all=predict_all)))
    blank = (np.zeros((28, 28), np.uint8), None)

    async def three_requests() -> list[int]:
        batcher = Batcher(lambda: loaded, lambda size: None)
        batcher.start()
        first = asyncio.create_task(batcher.predict([blank]))
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        gone = [asyncio.create_task(batcher.predict([blank] * 30)) for _ in range(5)]
        last = asyncio.create_task(batcher.predict([blank] * 2))
        await asyncio.sleep(0)
        for each in gone:
            each.cancel()
        await asyncio.sleep(0)
        go.set()
        found = [len(answer.predictions) for answers in await asyncio.gather(first, last) for answer in answers]
        await batcher.stop()
        return found

    with ThreadPoolExecutor(1) as pool:  # the browser of other tests runs an event loop in this thread
        assert pool.submit(asyncio.run, three_requests()).result() == [1, 2]
    assert sizes == [1, 2]
