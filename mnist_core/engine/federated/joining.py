"""Federated learning over a network: a client, whose drawings stay in this process."""

from collections.abc import Callable

import keras
from flwr.app import Context, RecordDict

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.config.flags import flag
from mnist_core.engine.backends import devices
from mnist_core.engine.federated import clients, wire
from mnist_core.engine.federated.client_app import METRICS, ROUND, client_app
from mnist_core.engine.federated.clients import Client
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.federated.membership import Membership, Server, kept_secret
from mnist_core.engine.federated.rounds import EVALUATE
from mnist_core.jobs import preflight
from mnist_core.models.model import Model


class NoControl:
    """Nobody ends a client's training but by ending the process."""

    def check(self) -> float:
        return 0.0


def join(
    server: Server,
    name: str,
    drawings: list[Drawing],
    base: Model,
    workspace: Workspace,
    held_out: float,
    say: Callable[[Text], None],
) -> list[int]:
    """Take part until the server has no more messages.

    Returns:
        How many of the held-out drawings were predicted correctly at each question, the first before all rounds; at the
        end their number.

    Raises:
        InputError: the server's address is none, the server refuses this client, or it has another model or settings
            that this version does not know.
        StudioError: the server does not answer, or has ended the run without a result.
    """
    preflight.check_tunable(base)
    with server.connection() as connection, kept_secret(workspace, server.url, name) as secret:
        membership = Membership(connection, name, secret)
        config = FederateConfig.checked(flag, **membership.settings, held_out=held_out)
        client = clients.client(name, drawings, config)
        with keras.device(devices.choose(config.device)):
            training = LocalTraining(config, workspace, base, [client], NoControl())
            if training.digest != membership.digest:
                raise InputError(
                    _(
                        "The server begins with the model {theirs}, and this is {own}. Import the server's model, and "
                        "name it with --model.",
                        theirs=membership.model, own=base.name,
                    )
                )  # fmt: skip
            say(_("Joined as {name}: {learned} drawings to learn, {held_out} to judge.",
                  name=name, learned=len(client.x), held_out=len(client.y_held_out)))  # fmt: skip
            return [*_take_part(membership, client, training, config, say), len(client.y_held_out)]


def _take_part(
    membership: Membership,
    client: Client,
    training: LocalTraining,
    config: FederateConfig,
    say: Callable[[Text], None],
) -> list[int]:
    app = client_app(config, training, lambda _context: client)
    found: list[int] = []
    while (content := membership.message()) is not None:
        message = wire.unpacked(content, training.initial)
        context = Context(run_id=1, node_id=membership.number, node_config={}, state=RecordDict(), run_config={})
        reply = app(message, context)
        in_time = membership.answer(wire.packed(reply))
        counts = reply.content[METRICS]
        if "right" not in counts:
            number = int(message.content["config"][ROUND])
            if in_time:
                say(_("Round {number}: learned, sent the weights.", number=number))
            else:
                say(_("Round {number}: the weights came too late.", number=number))
        elif in_time and message.metadata.message_type == EVALUATE:
            found.append(int(counts["right"]))
    return found
