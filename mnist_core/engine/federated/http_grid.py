"""Clients in other processes: a Flower grid whose clients fetch their messages over HTTP.

Flower's own server sends each client a program to run, so whoever has the server could read everybody's drawings. Here
only data travel, and each client runs the program that is installed there.
"""

import hmac
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flwr.app import Message, RecordDict
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mnist_core.common import names
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.engine.federated import wire
from mnist_core.engine.federated.grid import FIRST_CLIENT, SERVER
from mnist_core.engine.fine_tuning.learner import Weights

POLL_S = 0.1
LONG_POLL_S = 10.0
"""How long a client's question for a message waits for one."""


@dataclass
class Joined:
    """A client, and the message that it has to answer."""

    number: int
    name: str
    waiting: Message | None = None


class HttpGrid(Grid):  # type: ignore[misc] # Flower may not be installed
    """Each client has one message at most. It fetches the message again if it has lost it."""

    def __init__(self, like: Weights, check: Callable[[], object], timeout: float) -> None:
        """
        Args:
            like: arrays of the shapes of a client's weights.
            check: raises if somebody wants the run to end.
            timeout: the seconds that a client may take for one message.
        """
        TaskIdentity.task_id = TaskIdentity.run_id = TaskIdentity.node_id = SERVER  # the sender of new messages
        self._like, self._check, self._timeout = like, check, timeout
        self._clients: dict[int, Joined] = {}
        self._replies: dict[str, Message] = {}
        self._lock = threading.Lock()
        self.over = False
        """Whether there will be no more messages."""

    @property
    def names(self) -> dict[int, str]:
        """Client → its name."""
        with self._lock:
            return {number: each.name for number, each in self._clients.items()}

    def join(self, name: str) -> int:
        """The number of the client of this name. One that comes back gets its number again."""
        with self._lock:
            known = next((each for each in self._clients.values() if each.name == name), None)
            if known is None:
                known = Joined(FIRST_CLIENT + len(self._clients), name)
                self._clients[known.number] = known
            return known.number

    def await_clients(self, count: int) -> None:
        """Raises: what `check` raises."""
        while len(self.names) < count:
            self._check()
            time.sleep(POLL_S)

    def message_for(self, number: int) -> Message | None:
        """The message that the client has to answer, after a while if there is none yet."""
        until = time.monotonic() + LONG_POLL_S
        while (client := self._clients.get(number)) and not self.over and time.monotonic() < until:
            if client.waiting is not None:
                return client.waiting
            time.sleep(POLL_S)
        return None

    def answer(self, number: int, content: bytes) -> None:
        """Take a client's reply.

        Raises:
            InputError: it is damaged, or answers nothing.
        """
        reply = wire.unpacked(content, self._like)
        with self._lock:
            client = self._clients.get(number)
            asked = client.waiting if client is not None else None
            about = (reply.metadata.src_node_id, reply.metadata.reply_to_message_id)
            if client is None or asked is None or about != (number, asked.metadata.message_id):
                raise InputError(_("This is no answer to a message that waits for one."))
            client.waiting = None
            self._replies[asked.metadata.message_id] = reply

    def get_node_ids(self) -> list[int]:
        return sorted(self.names)

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        pushed = []
        for message in messages:
            message.metadata.__dict__["_message_id"] = uuid.uuid4().hex  # as Flower's own grids do
            with self._lock:
                self._clients[message.metadata.dst_node_id].waiting = message
            pushed.append(message.metadata.message_id)
        return pushed

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        with self._lock:
            return [self._replies.pop(each) for each in message_ids if each in self._replies]

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        """The replies that come in time, in the order of the clients."""
        waiting, found = set(self.push_messages(messages)), []
        until = time.monotonic() + (timeout or self._timeout)
        while waiting and time.monotonic() < until:
            self._check()
            arrived = self.pull_messages(waiting)
            found += arrived
            waiting -= {each.metadata.reply_to_message_id for each in arrived}
            time.sleep(POLL_S if waiting else 0)
        with self._lock:
            for client in self._clients.values():
                client.waiting = None  # who has not answered is asked anew
        return sorted(found, key=lambda each: int(each.metadata.src_node_id))

    def create_message(
        self, content: RecordDict, message_type: str, dst_node_id: int, group_id: str, ttl: float | None = None
    ) -> Message:
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def set_run(self, run: Any) -> None:
        """There is one run."""

    @property
    def run(self) -> Any:
        raise NotImplementedError("The run is not one of Flower's.")


def web_app(grid: HttpGrid, settings: Mapping[str, object], tokens: frozenset[str]) -> Starlette:
    """What clients talk to.

    Args:
        settings: what a client is told when it joins.
        tokens: a client must send one of these, if there are any.
    """

    def refused(request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if tokens and not any(hmac.compare_digest(given, each.encode()) for each in tokens):
            return JSONResponse({"detail": _("This needs one of the server's tokens.")}, 401)
        return None

    async def join(request: Request) -> Response:
        if response := refused(request):
            return response
        name = names.cleaned(request.query_params.get("name", "")[: names.MAX_NAME]).strip()
        if not name:
            return JSONResponse({"detail": _("A client needs a name.")}, 400)
        return JSONResponse({"client": grid.join(name), **settings})

    async def message(request: Request) -> Response:
        if response := refused(request):
            return response
        found = await run_in_threadpool(grid.message_for, _number(request))
        if found is not None:
            return Response(wire.packed(found), media_type="application/octet-stream")
        return Response(status_code=410 if grid.over else 204)

    async def reply(request: Request) -> Response:
        if response := refused(request):
            return response
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > wire.MAX_BYTES:
                return JSONResponse({"detail": _("The message is too large.")}, 413)
        try:
            await run_in_threadpool(grid.answer, _number(request), bytes(content))
        except InputError as error:
            return JSONResponse({"detail": str(error)}, 400)
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route(wire.JOIN, join, methods=["POST"]),
            Route(wire.MESSAGE, message),
            Route(wire.REPLY, reply, methods=["POST"]),
        ]
    )


def _number(request: Request) -> int:
    given = request.query_params.get("client", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0
