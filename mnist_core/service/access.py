"""The way into the service: request ids, who may enter, limits on bodies, and the access log."""

import asyncio
import hmac
import json
import random
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_core.common import log
from mnist_core.common.hosts import is_allowed
from mnist_core.service.limits import Budget, Limits
from mnist_core.service.metrics import Metrics
from mnist_core.service.problems import GONE, Problem, response

OPEN = ("/", "/healthz", "/readyz")
"""What can be read without a key: the page, which asks for the key, and what tells an orchestrator about the health."""
CLOSE = {"Connection": "close"}
"""The header of an answer to a request whose body has not been read."""
DISCARDED = 8
"""How much of a body is received that will be refused, in bodies of the largest size."""
REQUEST_ID = re.compile(r"[\w.:-]{1,64}")


@dataclass
class AccessPolicy:
    """Who may enter."""

    allowed_hosts: tuple[str, ...] = ()
    """See `hosts.is_allowed`; none allows every host."""
    keys: frozenset[str] = frozenset()
    """The API keys; none means that no key is needed."""
    closing: bool = False
    """The service ends soon."""
    last_answers: bool = False
    """Each answer closes its connection."""

    def check(self, path: str, headers: Headers) -> None:
        """Raises:
        Problem: 403 or 401.
        """
        host = headers.get("host", "")
        if not is_allowed(host, self.allowed_hosts):
            raise Problem(403, "The service does not answer for this host. To allow a host, start with --allowed-host.")
        if not self.keys or path in OPEN:
            return
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = (bearer if scheme.lower() == "bearer" else headers.get("x-api-key", "")).strip().encode()
        if not any(hmac.compare_digest(given, key.encode()) for key in self.keys):
            detail = "This needs an API key: send the header Authorization: Bearer KEY, or X-API-Key: KEY."
            raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


class Access:
    """ASGI middleware around the whole application. Nothing that a client sends passes it as a bare exception."""

    def __init__(
        self,
        app: ASGIApp,
        policy: AccessPolicy,
        limits: Limits,
        metrics: Metrics,
        paths: Iterable[str],
        write: Callable[[str], None] | None,
    ) -> None:
        """
        Args:
            paths: the addresses that the figures name; any other one is "other".
            write: takes a line of the access log; None for no log.
        """
        self._app, self._policy, self._limits, self._metrics = app, policy, limits, metrics
        self._paths, self._write = frozenset(paths), write
        self._bodies = Budget(limits.bodies, "bytes of bodies")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, headers = time.perf_counter(), Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"
        scope.setdefault("state", {}).update(request_id=request_id, started=started)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = MutableHeaders(raw=message.setdefault("headers", []))
                added["x-request-id"] = request_id
                if self._policy.last_answers:
                    added["connection"] = "close"
            await send(message)

        try:
            await self._enter(scope, receive, answer, headers)
        except Problem as problem:
            await response(problem, request_id)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 – the service's boundary, which logs it
            told = Problem(500, str(log.told(error)))
            if not status:
                await response(told, request_id)(scope, receive, answer)
        seconds = time.perf_counter() - started
        self._metrics.request(scope["path"] if scope["path"] in self._paths else "other", status, seconds)
        if self._write is not None:
            self._write(_line(scope, request_id, status, seconds))

    async def _enter(self, scope: Scope, receive: Receive, answer: Send, headers: Headers) -> None:
        self._policy.check(scope["path"], headers)
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._limits.body:
            if "expect" not in headers:  # else the client waits for the answer before it sends the body
                await self._discard(receive)
            raise _too_large(self._limits)
        if announced == "0" and "transfer-encoding" not in headers:
            await self._app(scope, receive, answer)
            return
        body = _Body(receive, self._limits, self._bodies)
        try:
            await self._app(scope, body.receive, answer)
        finally:
            self._bodies.give_back(body.length)

    async def _discard(self, receive: Receive) -> None:
        """Let a body arrive that is too large, within limits. Many clients look for the answer only then."""
        left = DISCARDED * self._limits.body
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.read_s):
                message = await receive()
                while message.get("more_body") and left > 0:
                    left -= len(message["body"])
                    message = await receive()


class _Body:
    """Watches the body of one request while it arrives: its size, its time, and its share of all bodies."""

    def __init__(self, receive: Receive, limits: Limits, budget: Budget) -> None:
        self.length = 0
        """Bytes that have arrived, which are taken of the budget."""
        self._receive, self._limits, self._budget = receive, limits, budget
        self._deadline = asyncio.get_running_loop().time() + limits.read_s
        self._complete = False

    async def receive(self) -> Message:
        """The next part.

        Raises:
            Problem: 408, 413, 429; 499, the client has gone.
        """
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            detail = f"The body did not arrive within {self._limits.read_s:g} seconds."
            raise Problem(408, detail, headers=CLOSE) from None
        if message["type"] == "http.disconnect":
            raise Problem(GONE, "The client has closed the connection.")
        arrived = len(message.get("body", b""))
        if self.length + arrived > self._limits.body:
            raise _too_large(self._limits)
        self._budget.take(arrived)
        self.length += arrived
        self._complete = not message.get("more_body", False)
        return message


def _too_large(limits: Limits) -> Problem:
    return Problem(413, f"A body may have {limits.body:,} bytes.", headers=CLOSE)


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> str:
    client: Any = scope.get("client") or ("", 0)
    return json.dumps(
        {
            "time": round(time.time(), 3),
            "id": request_id,
            "client": client[0],
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "ms": round(1000 * seconds, 2),
        }
    )
