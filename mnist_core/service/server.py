"""Runs the service in this process until it is told to end."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import uvicorn

from mnist_core.common import cancelling, log
from mnist_core.common.buffer import Buffer
from mnist_core.common.errors import StudioError
from mnist_core.jobs.process import Process
from mnist_core.service import state
from mnist_core.service.address import Address
from mnist_core.service.app import create
from mnist_core.service.listener import last_connections
from mnist_core.service.protocol import Protocol
from mnist_core.service.serving import Service

CLOSING_S = 0.5
"""Seconds that each step of the end takes."""
GRACE_S = 30
"""Seconds that the last answers may take."""
LOG_LINES = 20_000
"""Lines of the access log that wait to be written."""
STDOUT = 1
STARTING_S = 0.02
"""Seconds between two looks whether it answers."""
STATE_S = 2.0
"""Seconds between two writes of the state's file."""


class Server:
    """uvicorn in a thread, while the main thread hears the signals (see `cancelling`) and writes the state's file."""

    def __init__(self, service: Service, address: Address, *, access_log: bool, closing_s: float = CLOSING_S) -> None:
        """
        Args:
            access_log: whether to print a line for each request.
            closing_s: see `CLOSING_S`.

        Raises:
            InputError: it cannot listen there, or the certificate cannot be used.
        """
        address.check_certificate()
        self.port, self._closing_s = address.port, closing_s
        self._accepting: list[asyncio.Task[Any]] = []
        self._service, self._address = service, address
        self._socket = address.bind()
        config = uvicorn.Config(
            create(service, Buffer(_print, LOG_LINES, "access log") if access_log else None),
            lifespan="on", http=Protocol, ws="none", loop="asyncio", log_config=None, log_level="critical",
            access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=address.certfile, ssl_keyfile=address.keyfile,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._file = state.path(service.workspace, address.port)
        self._first_stop = threading.Lock()
        self._failure: BaseException | None = None
        self._report = log.Unattended("state of the service")

    def run(self, on_start: Callable[[], None] = lambda: None) -> None:
        """Answer requests until `stop`, or until a signal comes.

        Args:
            on_start: is called once it answers.

        Raises:
            StudioError: it could not start, or it failed.
        """
        thread = threading.Thread(target=self._serve, name="server")
        with cancelling.saving(self.stop):
            thread.start()
            try:
                while thread.is_alive() and not self._server.started:
                    time.sleep(STARTING_S)
                if self._server.started:
                    on_start()
                while thread.is_alive():
                    self._write_state()
                    thread.join(STATE_S)
            finally:
                self._server.should_exit = True  # else an error here would leave a service that hears no signal
                thread.join()
                with suppress(OSError):
                    self._file.unlink(missing_ok=True)
        if self._failure is not None:
            raise StudioError(log.told(self._failure))

    def stop(self) -> None:
        """Answer what has been accepted, then end. A second call does nothing.

        First `/readyz` says so, and a load balancer sends no more. Then no connection is accepted, and each answer
        closes its own. So no client is about to send something when the last connections are closed.
        """
        if not self._first_stop.acquire(blocking=False):
            return
        self._service.options.policy.closing = True
        time.sleep(self._closing_s)
        for each in getattr(self._server, "servers", []):  # none if it is told to end before it has begun
            each.get_loop().call_soon_threadsafe(self._close, each)
        time.sleep(self._closing_s)
        self._server.should_exit = True

    def _serve(self) -> None:
        """Runs in the thread."""
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:  # noqa: BLE001 – also SystemExit, which a thread would ignore; `run` raises it
            self._failure = error

    def _close(self, server: asyncio.Server) -> None:
        """Runs in the event loop: no more connections. Those that wait in the system's queue are accepted first."""
        waiting = last_connections(self._socket)
        server.close()
        self._service.options.policy.last_answers = True
        loop, config, running = server.get_loop(), self._server.config, self._server
        make: Any = config.http_protocol_class
        state_of = {"server_state": running.server_state, "app_state": running.lifespan.state}
        protocol = partial(make, config=config, **state_of)
        for each in waiting:
            self._accepting.append(loop.create_task(loop.connect_accepted_socket(protocol, each, ssl=config.ssl)))

    def _write_state(self) -> None:
        """Whatever is wrong, such as a full disk, the service goes on."""
        try:
            process = Process.of(os.getpid())
            known = {"url": self._address.url, "problem": self._service.active.problem}
            values = known | self._service.comparison.values
            state.write(self._file, state.State(pid=process.pid, pid_started=process.started, **values))
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it
            self._report(error)


def _print(lines: list[str]) -> None:
    """Past `sys.stdout`: at the end, a thread that waits for a reader must hold no lock of it."""
    left = "".join(f"{line}\n" for line in lines).encode()
    with suppress(OSError):  # a full disk or a closed pipe must not end the service
        while left:
            left = left[os.write(STDOUT, left) :]
