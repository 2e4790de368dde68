"""What clients talk to: they join, wait for a message, and answer it."""

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mnist_core.common import names
from mnist_core.common.errors import InputError
from mnist_core.common.hosts import is_allowed
from mnist_core.common.language import _
from mnist_core.engine.federated import wire
from mnist_core.engine.federated.http_grid import POLL_S, HttpGrid, Joined

LONG_POLL_S = 10.0
"""How long a client's question for a message waits for one."""


@dataclass(frozen=True)
class Access:
    """Who may talk to the server."""

    tokens: frozenset[str] = frozenset()
    """A client must send one of these, if there are any."""
    hosts: tuple[str, ...] = ()
    """See `hosts.is_allowed`; none allows every host."""

    def refusal(self, request: Request) -> Response | None:
        """The answer to a request that may not be made."""
        # A browser names the page that makes a request. Without a token, any page could make one.
        if "origin" in request.headers or not is_allowed(request.headers.get("host", ""), self.hosts):
            return _refused(_("The server only answers clients that use its own address."), HTTPStatus.FORBIDDEN)
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if self.tokens and not any(hmac.compare_digest(given, each.encode()) for each in self.tokens):
            return _refused(_("This needs one of the server's tokens."), HTTPStatus.UNAUTHORIZED)
        return None


def web_app(grid: HttpGrid, settings: Mapping[str, object], access: Access) -> Starlette:
    """
    Args:
        settings: what a client is told when it joins.
    """

    def client_of(request: Request) -> Joined | Response:
        """Who sends the request, or the answer if it is nobody who takes part."""
        if response := access.refusal(request):
            return response
        found = grid.known(request.headers.get(wire.CREDENTIAL, ""))
        return found or _refused(_("The server does not know this client."), HTTPStatus.NOT_FOUND)

    async def join(request: Request) -> Response:
        if response := access.refusal(request):
            return response
        name = names.cleaned(request.query_params.get("name", "")[: names.MAX_NAME])
        if not name:
            return _refused(_("A client needs a name."), HTTPStatus.BAD_REQUEST)
        try:
            client = grid.join(name, request.headers.get(wire.CREDENTIAL, ""))
        except InputError as error:
            return _refused(str(error), HTTPStatus.CONFLICT)
        return JSONResponse({"client": client.number, "secret": client.secret, **settings})

    async def message(request: Request) -> Response:
        client = client_of(request)
        if isinstance(client, Response):
            return client
        until = time.monotonic() + LONG_POLL_S
        while not grid.over and time.monotonic() < until:
            if (waiting := client.waiting) is not None:
                packed = await run_in_threadpool(wire.packed, waiting)
                return Response(packed, media_type="application/octet-stream")
            await asyncio.sleep(POLL_S)
        if not grid.over:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        client.knows_the_end = True
        return JSONResponse({"detail": grid.failure}, HTTPStatus.GONE)

    async def reply(request: Request) -> Response:
        client = client_of(request)
        if isinstance(client, Response):
            return client
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > wire.MAX_BYTES:
                return _refused(_("The message is too large."), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            in_time = await run_in_threadpool(grid.answer, client, bytes(content))
        except InputError as error:
            return _refused(str(error), HTTPStatus.BAD_REQUEST)
        return Response(status_code=HTTPStatus.NO_CONTENT if in_time else HTTPStatus.CONFLICT)

    return Starlette(
        routes=[
            Route(wire.JOIN, join, methods=["POST"]),
            Route(wire.MESSAGE, message),
            Route(wire.REPLY, reply, methods=["POST"]),
        ]
    )


def _refused(why: str, status: HTTPStatus) -> Response:
    return JSONResponse({"detail": why}, status)
