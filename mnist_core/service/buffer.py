"""Work that no request waits for: it gathers, and a thread does it a few times a second."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

from mnist_core.common import log

FLUSH_S = 0.25

T = TypeVar("T")


class Buffer(Generic[T]):
    """Items that wait for a function. If it is too slow, items are dropped and counted."""

    def __init__(self, use: Callable[[list[T]], None], most: int) -> None:
        """
        Args:
            use: is called in a thread with what has gathered.
            most: items that may wait.
        """
        self.dropped = 0
        self._use, self._most = use, most
        self._items: list[T] = []
        self._thread = ThreadPoolExecutor(1, "buffer")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Called in the event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Use what still waits."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.flush()
        self._thread.shutdown()

    def add(self, item: T) -> None:
        """Called in the event loop."""
        if len(self._items) < self._most:
            self._items.append(item)
        else:
            self.dropped += 1

    async def flush(self) -> None:
        """Use what waits, and return when it is done."""
        if self._items:
            items, self._items = self._items, []
            await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, items)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()

    def _guarded(self, items: list[T]) -> None:
        try:
            self._use(items)
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it
            log.told(error)
