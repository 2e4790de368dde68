"""A client as a Flower app: what comes in is weights, and what goes out is weights and counts."""

from collections.abc import Callable

from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from mnist_core.config.federated import FederateConfig
from mnist_core.engine.federated.clients import Client
from mnist_core.engine.federated.local_training import LocalTraining

ARRAYS, CONFIG, METRICS = "arrays", "config", "metrics"
"""The records of a message. The first two names are Flower's."""
WEIGHT = "weight"
"""The metric by which a client counts in the mean."""
ROUND = "server-round"
"""The number of the round, which Flower's strategies add to the config."""
ALONE = "evaluate.alone"
"""The type of the message that asks what a client could do without the others."""
Here = Callable[[Context], Client]


def client_app(config: FederateConfig, training: LocalTraining, here: Here) -> ClientApp:
    """An app that trains and judges by the drawings of a client of this process.

    Args:
        here: the client that a message is for.
    """
    app = ClientApp()

    @app.train()  # type: ignore[untyped-decorator] # Flower may not be installed
    def train(message: Message, context: Context) -> Message:
        client = here(context)
        seed = config.seed + _round_of(message)
        weights = training.fit(_weights(message), client.x, client.y, config.local_epochs, seed)
        # With noise, the clients count the same: ε needs to know the greatest share of one.
        weight = 1.0 if config.noise_multiplier else float(len(client.x))
        return _reply(message, {WEIGHT: weight, "trained": len(client.x)}, ArrayRecord(weights))

    @app.evaluate()  # type: ignore[untyped-decorator] # Flower may not be installed
    def evaluate(message: Message, context: Context) -> Message:
        client = here(context)
        return _reply(message, _counts(client, training.right(_weights(message), client)))

    @app.evaluate("alone")  # type: ignore[untyped-decorator] # Flower may not be installed
    def alone(message: Message, context: Context) -> Message:
        client = here(context)
        epochs = config.rounds * config.local_epochs
        weights = training.fit(_weights(message), client.x, client.y, epochs, config.seed)
        return _reply(message, _counts(client, training.right(weights, client)))

    return app


def _weights(message: Message) -> list:  # type: ignore[type-arg] # float32 arrays
    arrays: ArrayRecord = message.content[ARRAYS]
    return list(arrays.to_numpy_ndarrays())


def _round_of(message: Message) -> int:
    config: ConfigRecord = message.content[CONFIG]
    return int(config[ROUND])


def _counts(client: Client, right: int) -> dict[str, float]:
    return {"trained": len(client.x), "held-out": len(client.y_held_out), "right": right}


def _reply(message: Message, counts: dict[str, float], arrays: ArrayRecord | None = None) -> Message:
    records = {METRICS: MetricRecord(counts)} | ({ARRAYS: arrays} if arrays is not None else {})
    return Message(RecordDict(records), reply_to=message)
