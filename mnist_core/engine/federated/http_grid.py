"""Clients in other processes: a Flower grid whose clients fetch their messages over HTTP.

Flower's own server sends each client a program to run, so whoever has the server could read everybody's drawings. Here
only data travel, and each client runs the program that is installed there.
"""

import hmac
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flwr.app import Message

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config.federated import FederateServeConfig
from mnist_core.engine.federated import replies, wire
from mnist_core.engine.federated.grid import FIRST_CLIENT, OneRunGrid
from mnist_core.engine.fine_tuning.learner import Weights

POLL_S = 0.1
FAREWELL_S = 10.0
"""How long the server waits at the end until all clients know of it."""


@dataclass
class Joined:
    """A client, and the message that it has to answer."""

    number: int
    name: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """What only this client knows, so that no other can act as this one."""
    waiting: Message | None = None
    answered: str = ""
    """The id of the message that it has answered last."""
    knows_the_end: bool = False


class HttpGrid(OneRunGrid):
    """Each client has one message at most. It fetches the message again if it has lost it."""

    def __init__(self, like: Weights, check: Callable[[], float], config: FederateServeConfig) -> None:
        """
        Args:
            like: arrays of the shapes of a client's weights.
            check: returns the seconds spent paused, and raises if somebody wants the run to end.
        """
        super().__init__()
        self._like, self._check, self._config = like, check, config
        self._clients: dict[int, Joined] = {}
        self._replies: dict[str, Message] = {}
        self._lock = threading.Lock()
        self.over = False
        """Whether there will be no more messages."""
        self.failure = ""
        """Why the run has no result, if it is over."""

    @property
    def names(self) -> dict[int, str]:
        """Client → its name."""
        with self._lock:
            return {number: each.name for number, each in self._clients.items()}

    def join(self, name: str, secret: str) -> Joined:
        """The client of this name. One that comes back with its secret is the same again.

        Raises:
            InputError: another client has the name, or all clients are there.
        """
        with self._lock:
            known = next((each for each in self._clients.values() if each.name == name), None)
            if known is not None and not _same(known.secret, secret):
                raise InputError(_("Another client is called {name}. Choose a different name with --name.", name=name))
            if known is None:
                if len(self._clients) == self._config.clients:
                    raise InputError(_("The server does not take more clients: all of them have joined."))
                known = Joined(FIRST_CLIENT + len(self._clients), name)
                self._clients[known.number] = known
            return known

    def known(self, secret: str) -> Joined | None:
        """The client with this secret."""
        with self._lock:
            return next((each for each in self._clients.values() if _same(each.secret, secret)), None)

    def await_clients(self) -> None:
        """Raises: what `check` raises."""
        while len(self.names) < self._config.clients:
            self._check()
            time.sleep(POLL_S)

    def answer(self, client: Joined, content: bytes) -> bool:
        """Take a client's reply, and return whether it has come in time.

        Raises:
            InputError: it is damaged, or no answer to what the client was asked.
        """
        reply = wire.unpacked(content, self._like)
        about = reply.metadata.reply_to_message_id
        with self._lock:
            if about and about == client.answered:
                return True  # the client has not heard that it has arrived
            asked = client.waiting
            if asked is None or about != asked.metadata.message_id:
                return False
            if reply.metadata.src_node_id != client.number:
                raise InputError(_("The message does not answer the server's question."))
            replies.check(reply, asked.metadata.message_type, same_weight=bool(self._config.noise_multiplier))
            client.waiting, client.answered = None, about
            self._replies[about] = reply
            return True

    def end(self, failure: str = "") -> None:
        """Let the clients know that there are no more messages, and wait a while until they do.

        Args:
            failure: why there is no result.
        """
        self.failure, self.over = failure, True
        until = time.monotonic() + FAREWELL_S
        while time.monotonic() < until and not all(each.knows_the_end for each in list(self._clients.values())):
            time.sleep(POLL_S)

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
        """The replies that come in time, in the order of the clients. A pause does not count."""
        waiting, found = set(self.push_messages(messages)), []
        until = time.monotonic() + (timeout or self._config.timeout)
        while waiting:
            until += self._check()
            late = time.monotonic() > until
            arrived = self.pull_messages(waiting)
            found += arrived
            waiting -= {each.metadata.reply_to_message_id for each in arrived}
            if late:
                break
            time.sleep(POLL_S if waiting else 0)
        with self._lock:
            for client in self._clients.values():
                client.waiting = None  # who has not answered is asked anew
        return sorted(found, key=lambda each: int(each.metadata.src_node_id))


def _same(secret: str, given: str) -> bool:
    return hmac.compare_digest(secret.encode(), given.encode())
