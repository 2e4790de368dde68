"""Threads for what the event loop must not wait for."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(Executor):
    """Like `ThreadPoolExecutor`, but a call that waits for a database does not keep the process from ending."""

    def __init__(self, count: int, name: str) -> None:
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._count = count
        for _ in range(count):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call it in one of the threads."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return  # its client has gone
            try:
                result = function(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 – whoever waits gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        self._waiting.put(call)
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 – as `Executor` has it
        """Let the threads end when they have done what waits. It does not wait for them."""
        for _ in range(self._count):
            self._waiting.put(None)

    def _run(self) -> None:
        while (call := self._waiting.get()) is not None:
            call()
