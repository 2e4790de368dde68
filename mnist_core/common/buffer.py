"""Work that nobody waits for: items gather, and a thread works through them a few times a second.

So a slow disk or a locked database delays neither a request nor a person who draws. The thread is a daemon: a process
ends although a thread waits for a database.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from mnist_core.common import log

GATHER_S = 0.25
"""Seconds in which items gather before they are used together."""

T = TypeVar("T")


class Buffer(Generic[T]):
    """Items that wait for a function. If there are too many, or if the function fails, they are counted as dropped."""

    def __init__(self, use: Callable[[list[T]], None], most: int, name: str, gather_s: float = GATHER_S) -> None:
        """
        Args:
            use: is called in a thread of its own with what has gathered, in order.
            most: items that may wait.
            name: says in the log what was dropped.
        """
        self.dropped = 0
        self._use, self._most, self._name, self._gather_s = use, most, name, gather_s
        self._report = log.Unattended(name)
        self._items: list[T] = []
        self._added = self._used = 0
        self._hurry = self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, item: T) -> None:
        """Use it soon. It returns at once; any thread may call it."""
        with self._changed:
            if len(self._items) >= self._most:
                full = not self.dropped
                self.dropped += 1
            else:
                full = False
                self._items.append(item)
                self._added += 1
                if len(self._items) == 1:
                    self._begin()
        if full:
            self._report("too many records wait, and more are dropped")

    def flush(self, within_s: float) -> bool:
        """Wait until all that has been added before is used, but no longer than this; return whether it is."""
        with self._changed:
            wanted, self._hurry = self._added, True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._used >= wanted, within_s)

    def close(self, within_s: float) -> None:
        """Like `flush`, at the end. The log says what is lost."""
        if not self.flush(within_s):
            self._report(f"up to {self._added - self._used} records are lost at the end")
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                if not self._items:
                    return
                self._changed.wait_for(lambda: self._hurry, self._gather_s)
                items, self._items, self._hurry = self._items, [], False
            try:
                self._use(items)
            except Exception as error:  # noqa: BLE001 – a boundary, which logs it
                self._report(error)
                with self._changed:
                    self.dropped += len(items)
            with self._changed:
                self._used += len(items)
                self._changed.notify_all()
