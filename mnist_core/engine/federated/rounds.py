"""The server's side: rounds of training, and questions to all clients, over any Flower grid."""

import random
from collections.abc import Callable, Iterable

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, MessageType, MetricRecord, RecordDict
from flwr.serverapp import Grid
from flwr.serverapp.strategy import Strategy

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.federated.client_app import ALONE as ALONE
from mnist_core.engine.federated.client_app import ARRAYS, CONFIG, METRICS
from mnist_core.engine.fine_tuning.learner import Weights

EVALUATE: str = MessageType.EVALUATE
Counts = dict[str, float]


def train(
    config: FederateConfig,
    grid: Grid,
    strategy: Strategy,
    weights: Weights,
    numbers: Iterable[int],
    after: Callable[[int, Weights, int], None],
) -> None:
    """Train the rounds with these numbers. It does in each what Flower's `Strategy.start` does.

    Args:
        after: called after each round with its number, the weights, and how many clients trained.

    Raises:
        StudioError: clients have not answered.
        Whatever `after` and a client of this process raise.
    """
    arrays = ArrayRecord(weights)
    for number in numbers:
        random.seed(f"{config.seed} {number}")  # Flower chooses the clients with this generator
        # Noise that could be computed again would protect nothing.
        np.random.seed(None if config.noise_multiplier else (config.seed + number) % 2**32)
        messages = list(strategy.configure_train(number, arrays, ConfigRecord(), grid))
        replies = list(grid.send_and_receive(messages))
        combined, _metrics = strategy.aggregate_train(number, replies)
        if combined is None:
            raise StudioError(
                _("Round {number}: not all clients have answered, so it cannot be combined.", number=number)
            )
        arrays = combined
        after(number, list(arrays.to_numpy_ndarrays()), len(replies))


def ask(grid: Grid, kind: str, weights: Weights) -> dict[int, Counts]:
    """Ask all clients what they predict correctly, and return client → its counts.

    Args:
        kind: `EVALUATE` or `ALONE`.

    Raises:
        StudioError: a client has not answered.
    """
    content = RecordDict({ARRAYS: ArrayRecord(weights), CONFIG: ConfigRecord()})
    messages = [Message(content, each, kind) for each in grid.get_node_ids()]
    found: dict[int, Counts] = {}
    for reply in grid.send_and_receive(messages):
        if not reply.has_error():
            counts: MetricRecord = reply.content[METRICS]
            found[reply.metadata.src_node_id] = dict(counts)
    if len(found) < len(messages):
        raise StudioError(_("Not all clients have answered."))
    return found
