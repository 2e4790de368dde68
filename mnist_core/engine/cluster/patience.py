"""Calls to Ray's client in a thread of their own: if a head node dies or a network is silent, they never return."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Call(Generic[T]):
    """A call that has begun. Its thread does not keep the process alive."""

    def __init__(self, function: Callable[[], T], then: Callable[[], object] = lambda: None) -> None:
        """
        Args:
            then: called when the call has returned or raised.
        """
        self._future: Future[T] = Future()
        self._future.add_done_callback(lambda _: then())
        threading.Thread(target=self._do, args=(function,), daemon=True).start()

    def _do(self, function: Callable[[], T]) -> None:
        try:
            self._future.set_result(function())
        except BaseException as error:  # noqa: BLE001 – whoever waits raises it
            self._future.set_exception(error)

    def result(self, timeout_s: float | None = None) -> T:
        """Its result.

        Raises:
            TimeoutError: it takes longer.
        """
        return self._future.result(timeout_s)

    @property
    def done(self) -> bool:
        """Whether it has returned or raised."""
        return self._future.done()
