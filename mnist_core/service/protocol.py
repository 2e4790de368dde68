"""What a client may cost before its request is known: connections, the size of a request's head, and time.

`access.py` limits what comes after the head.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CONNECTIONS = 1000
"""Connections at a time. More are closed at once."""
HEAD = 64 * 2**10
"""Bytes of a request's head: its first line and its headers."""
HEAD_S = 10.0
"""Seconds for a head to arrive. After an answer, uvicorn closes an idle connection sooner."""
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)  # fmt: skip


class Protocol(HttpToolsProtocol):
    """One connection: uvicorn's protocol with these limits."""

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.close()
        else:
            self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering or self.transport.is_closing():
            return
        self._start_head_timer()  # a request that arrives completely, as nearly all do, never comes here
        if not self._in_body:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD:
                self.transport.write(TOO_LARGE)
                self.transport.close()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._stop_head_timer()
        self._head_bytes, self._in_body = 0, True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if not self._answering:
            self.transport.close()
