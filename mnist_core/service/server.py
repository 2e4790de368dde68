"""Runs the service in this process until it is told to end."""

import asyncio
import os
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from mnist_core.common import cancelling, log
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import reason
from mnist_core.common.language import _
from mnist_core.jobs.process import Process
from mnist_core.service import state
from mnist_core.service.app import create
from mnist_core.service.buffer import Buffer
from mnist_core.service.listener import last_connections
from mnist_core.service.serving import Service

CLOSING_S = 0.5
"""Seconds that each step of the end takes."""
GRACE_S = 30
"""Seconds that the last answers may take."""
LOG_LINES = 20_000
"""Lines of the access log that wait to be written."""
STARTING_S = 0.02
"""Seconds between two looks whether it answers."""
STATE_S = 2.0
"""Seconds between two writes of the state's file."""


@dataclass(frozen=True)
class Address:
    """Where the service listens."""

    host: str
    port: int
    certfile: Path | None = None
    keyfile: Path | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.certfile else ''}://{host}:{self.port}"

    def bind(self) -> socket.socket:
        """A socket of this address.

        Raises:
            InputError: the port is in use, or this machine has no such address.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only where the protocol is named. It delays an answer by 40 ms.
        opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name != "nt":  # there it would take a port that another program has
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((self.host, self.port))
        except (OSError, UnicodeError) as error:  # a name that no machine can have is the second
            opened.close()
            told = reason(error) if isinstance(error, OSError) else ""
            raise InputError(
                _("The service cannot listen at {host}, port {port}. {reason}", host=self.host, port=str(self.port),
                  reason=told)
            ) from None  # fmt: skip
        return opened

    def check_certificate(self) -> None:
        """Raises:
        InputError: the certificate or its key cannot be used.
        """
        if self.certfile is None:
            return
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certfile, self.keyfile, password="")
        except OSError as error:  # an SSLError is one
            raise InputError(
                _("The certificate {file} cannot be used. {reason}", file=str(self.certfile), reason=reason(error))
            ) from None


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
            create(service, Buffer(_print, LOG_LINES) if access_log else None),
            lifespan="on", ws="none", loop="asyncio", log_config=None, log_level="critical", access_log=False,
            proxy_headers=False, server_header=False, timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=address.certfile, ssl_keyfile=address.keyfile,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._file = state.path(service.workspace, address.port)

    def run(self) -> None:
        """Answer requests until `stop`, or until a signal comes."""
        thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="server")
        with cancelling.saving(self.stop):
            thread.start()
            try:
                while thread.is_alive():
                    self._write_state()
                    thread.join(STATE_S)
            finally:
                self._server.should_exit = True  # else an error here would leave a service that hears no signal
                thread.join()
                with suppress(OSError):
                    self._file.unlink(missing_ok=True)

    def stop(self) -> None:
        """Answer what has been accepted, then end.

        First `/readyz` says so, and a load balancer sends no more. Then no connection is accepted, and each answer
        closes its own. So no client is about to send something when the last connections are closed.
        """
        self._service.options.entrance.closing = True
        time.sleep(self._closing_s)
        for each in getattr(self._server, "servers", []):  # none if it is told to end before it has begun
            each.get_loop().call_soon_threadsafe(self._close, each)
        time.sleep(self._closing_s)
        self._server.should_exit = True

    def _close(self, server: asyncio.Server) -> None:
        """Runs in the event loop: no more connections. Those that wait in the system's queue are accepted first."""
        waiting = last_connections(self._socket)
        server.close()
        self._service.options.entrance.last_answers = True
        loop, config, running = server.get_loop(), self._server.config, self._server
        make: Any = config.http_protocol_class
        state_of = {"server_state": running.server_state, "app_state": running.lifespan.state}
        protocol = partial(make, config=config, **state_of)
        for each in waiting:
            self._accepting.append(loop.create_task(loop.connect_accepted_socket(protocol, each, ssl=config.ssl)))

    def _write_state(self) -> None:
        while not self._server.started and not self._server.should_exit:
            time.sleep(STARTING_S)
        found = self._service.comparison.values()
        process = Process.of(os.getpid())
        values = {"url": self._address.url, "problem": self._service.active.problem, **found}
        try:
            state.write(self._file, state.State(pid=process.pid, pid_started=process.started, **values))
        except StudioError as error:  # the disk may be full, and the service goes on
            log.told(error)


def _print(lines: list[str]) -> None:
    with suppress(OSError):  # a full disk or a closed pipe must not end the service
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
