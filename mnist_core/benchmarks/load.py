"""A load generator for HTTP services: clients that keep their connections, in one event loop."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

LOCAL = "127.0.0.1"
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass
class Load:
    """What came back."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds of each request that was answered with 200."""
    failed: int = 0
    """Requests with another status, or without an answer."""

    @property
    def finished(self) -> int:
        return len(self.latencies) + self.failed

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.seconds

    def ms(self, percentile: float) -> float:
        """Milliseconds within which this percentage of the answers came."""
        return 1000 * float(np.percentile(self.latencies, percentile))


class _Client(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self, request: bytes, load: Load, on_free: "Callable[[_Client], None]") -> None:
        self._request, self._load, self._on_free = request, load, on_free
        self._received = b""
        self._waits = False
        self.transport: asyncio.Transport
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, due: float) -> None:
        """Send the request, which was due at this moment of `time.perf_counter`."""
        self._due, self._waits = due, True
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(HEAD_END)
        if not end:
            return
        length = int(head.lower().split(LENGTH, 1)[1].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._received = body[length:]
        self._waits = False
        if head.startswith(b"HTTP/1.1 200"):
            self._load.latencies.append(time.perf_counter() - self._due)
        else:
            self._load.failed += 1
        self._on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)
        if self._waits:
            self._load.failed += 1
            self._on_free(self)


async def _connected(
    port: int, request: bytes, load: Load, count: int, on_free: Callable[[_Client], None]
) -> list[_Client]:
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: _Client(request, load, on_free), LOCAL, port) for _ in range(count)]
    return [client for _, client in opened]


async def as_fast_as_possible(port: int, request: bytes, *, clients: int, requests: int) -> Load:
    """Each client sends its next request when the last one is answered."""
    load, left = Load(), requests
    done = asyncio.Event()

    def go_on(client: _Client) -> None:
        nonlocal left
        if left > 0 and not client.lost.done():
            left -= 1
            client.send(time.perf_counter())
        elif load.finished >= requests or all(each.lost.done() for each in connected):
            done.set()

    connected = await _connected(port, request, load, clients, go_on)
    started = time.perf_counter()
    for each in connected:
        go_on(each)
    await done.wait()
    load.seconds = time.perf_counter() - started
    await _close(connected)
    return load


async def at_rate(port: int, request: bytes, *, per_s: float, seconds: float, clients: int) -> Load:
    """Requests are due at even intervals. A latency counts from that moment, so a server that falls behind shows it."""
    load = Load()
    free: deque[_Client] = deque()
    connected = await _connected(port, request, load, clients, free.append)
    free.extend(connected)
    started, sent, total = time.perf_counter(), 0, round(per_s * seconds)
    while load.finished < total:
        while sent < total and free and (due := started + sent / per_s) <= time.perf_counter():
            client = free.popleft()  # the one that has been idle longest: a server closes idle connections
            if not client.lost.done():
                client.send(due)
                sent += 1
        if not free and all(each.lost.done() for each in connected):
            break
        await asyncio.sleep(0.0005)
    load.seconds = time.perf_counter() - started
    await _close(connected)
    return load


async def _close(clients: list[_Client]) -> None:
    for each in clients:
        each.transport.close()
    await asyncio.gather(*(each.lost for each in clients))


def post(port: int, path: str, body: bytes) -> bytes:
    """A request as it is sent."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
