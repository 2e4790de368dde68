"""Federated learning over a network: a client, whose drawings stay in this process."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import keras
from flwr.app import Context, Message, RecordDict

from mnist_core.collection.drawing import Drawing
from mnist_core.common import names
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FOR_CLIENTS, FederateConfig
from mnist_core.config.flags import flag
from mnist_core.engine.backends import devices
from mnist_core.engine.federated import clients, wire
from mnist_core.engine.federated.client_app import METRICS, ROUND, client_app
from mnist_core.engine.federated.clients import Client
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.federated.rounds import EVALUATE
from mnist_core.jobs import preflight
from mnist_core.models.model import Model

PATIENCE_S = 120.0
"""How long a client tries again if the server does not answer."""
AGAIN_S = 1.0


@dataclass(frozen=True)
class Server:
    """Where to join."""

    url: str
    token: str = ""
    certificate: Path | None = None
    """Whom to trust, if the server's certificate is from none of the system's authorities."""

    def connection(self) -> httpx.Client:
        """Raises:
        InputError: the certificate cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=str(self.certificate) if self.certificate else None)
        except OSError as error:
            raise InputError(_("The certificate cannot be used: {reason}.", reason=str(error))) from None
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=self.url, headers=headers, verify=context, timeout=60, trust_env=False)


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
        InputError: the server refuses this client, or has another model or settings that this version does not know.
        StudioError: the server does not answer.
    """
    preflight.check_tunable(base)
    with server.connection() as connection:
        told = _joined(connection, name)
        config = FederateConfig.checked(flag, **{k: told["settings"][k] for k in FOR_CLIENTS}, held_out=held_out)
        client = clients.client(name, drawings, config)
        with keras.device(devices.choose(config.device)):
            training = LocalTraining(config, workspace, base, [client], NoControl())
            if training.digest != told["digest"]:
                raise InputError(
                    _(
                        "The server begins with the model {theirs}, and this is {own}. Import the server's model, and "
                        "name it with --model.",
                        theirs=str(told["model"]), own=base.name,
                    )
                )  # fmt: skip
            say(_("Joined as {name}: {learned} drawings to learn, {held_out} to judge.",
                  name=name, learned=len(client.x), held_out=len(client.y_held_out)))  # fmt: skip
            return [*_take_part(connection, int(told["client"]), client, training, config, say), len(client.y_held_out)]


def _take_part(
    connection: httpx.Client,
    number: int,
    client: Client,
    training: LocalTraining,
    config: FederateConfig,
    say: Callable[[Text], None],
) -> list[int]:
    app = client_app(config, training, lambda _context: client)
    context = Context(run_id=1, node_id=number, node_config={}, state=RecordDict(), run_config={})
    found: list[int] = []
    while (response := _asked(connection, "GET", wire.MESSAGE, params={"client": number})).status_code != 410:
        if response.status_code == 204:
            continue
        message = wire.unpacked(response.content, training.initial)
        reply = app(message, context)
        _tell(message, reply, found, say)
        _asked(connection, "POST", wire.REPLY, params={"client": number}, content=wire.packed(reply))
    return found


def _tell(message: Message, reply: Message, found: list[int], say: Callable[[Text], None]) -> None:
    kind, counts = message.metadata.message_type, reply.content[METRICS]
    if "right" not in counts:
        number = int(message.content["config"][ROUND])
        say(_("Round {number}: learned, sent the weights.", number=number))
    elif kind == EVALUATE:
        found.append(int(counts["right"]))


def _joined(connection: httpx.Client, name: str) -> dict[str, Any]:
    told = _asked(connection, "POST", wire.JOIN, params={"name": name})
    try:
        values = told.json()
        assert set(values["settings"]) >= FOR_CLIENTS
        assert {"client", "model", "digest"} <= set(values)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise InputError(_("{url} is no server of federated learning.", url=str(connection.base_url))) from None
    found: dict[str, Any] = values
    return found


def _asked(connection: httpx.Client, method: str, path: str, **what: Any) -> httpx.Response:
    """The server's answer. While it does not answer, it is asked again.

    Raises:
        InputError: it refuses the request.
        StudioError: it does not answer for `PATIENCE_S`.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            response = connection.request(method, path, **what)
        except httpx.TransportError as error:
            if time.monotonic() > until or isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise StudioError(
                    _("The server at {url} does not answer: {reason}.", url=str(connection.base_url), reason=str(error))
                ) from None
            time.sleep(AGAIN_S)
            continue
        if response.status_code < 400 or response.status_code == 410 or path == wire.REPLY:
            return response  # a reply may come too late
        raise InputError(_("The server refuses this client: {reason}", reason=names.plain(response.text[:200])))
