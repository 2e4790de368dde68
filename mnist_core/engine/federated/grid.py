"""What our Flower grids have in common, and one without a network: all clients in one process.

Flower's own simulation needs one fixed version of Ray and a copy of the network for each worker. Here the clients train
one after the other in one network, which is as fast on one machine, and repeatable.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from flwr.app import Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

SERVER, FIRST_CLIENT = 1, 2
"""Ids of nodes."""


class OneRunGrid(Grid):  # type: ignore[misc] # Flower may not be installed
    """A grid of ours. It has one run, of which Flower knows nothing."""

    def __init__(self) -> None:
        TaskIdentity.task_id = TaskIdentity.run_id = TaskIdentity.node_id = SERVER  # the sender of new messages

    def create_message(
        self, content: RecordDict, message_type: str, dst_node_id: int, group_id: str, ttl: float | None = None
    ) -> Message:
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def set_run(self, run: Any) -> None:
        """There is one run."""

    @property
    def run(self) -> Any:
        raise NotImplementedError("The run is not one of Flower's.")


class InMemoryGrid(OneRunGrid):
    """Hands each message to the client app, in the order of the messages."""

    def __init__(self, app: ClientApp, clients: int) -> None:
        super().__init__()
        self._app = app
        self._contexts = {
            number: Context(run_id=1, node_id=number, node_config={}, state=RecordDict(), run_config={})
            for number in range(FIRST_CLIENT, FIRST_CLIENT + clients)
        }
        self._replies: dict[str, Message] = {}

    def get_node_ids(self) -> Sequence[int]:
        return list(self._contexts)

    def send_and_receive(
        self,
        messages: Iterable[Message],
        *,
        timeout: float | None = None,  # noqa: ARG002 # Flower's interface
    ) -> list[Message]:
        """Raises: what the app raises, so that a fault ends the simulation."""
        return [self._app(each, self._contexts[each.metadata.dst_node_id]) for each in messages]

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        replies = self.send_and_receive(messages)
        numbered = {str(len(self._replies) + number): reply for number, reply in enumerate(replies)}
        self._replies |= numbered
        return list(numbered)

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        return [self._replies[each] for each in message_ids if each in self._replies]
