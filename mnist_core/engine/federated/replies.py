"""What a client may answer. The server believes nothing else, so that no client can end or take over a run."""

from flwr.app import Message, MessageType, MetricRecord

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.engine.federated.client_app import ARRAYS, METRICS, WEIGHT

MOST = 1_000_000
"""No client has more drawings."""


def check(reply: Message, kind: str, *, same_weight: bool) -> None:
    """
    Args:
        reply: from `wire.unpacked`, which has checked its arrays.
        kind: the type of the message that it answers.
        same_weight: whether every client counts the same in the mean.

    Raises:
        InputError: it has other records or numbers than the answer to such a message.
    """
    trains = kind == MessageType.TRAIN
    if not (
        reply.has_content()
        and reply.metadata.message_type == kind
        and set(reply.content) == ({ARRAYS, METRICS} if trains else {METRICS})
        and len(reply.content.array_records) == int(trains)
        and isinstance(counts := reply.content[METRICS], MetricRecord)
        and (_trained(counts, same_weight) if trains else _asked(counts))
    ):
        raise InputError(_("The message does not answer the server's question."))


def _trained(counts: MetricRecord, same_weight: bool) -> bool:
    if set(counts) != {WEIGHT, "trained"} or not _is_number(counts["trained"], 1):
        return False
    return bool(counts[WEIGHT] == (1.0 if same_weight else counts["trained"]))


def _asked(counts: MetricRecord) -> bool:
    if set(counts) != {"trained", "held-out", "right"}:
        return False
    held_out = counts["held-out"]
    return (
        _is_number(counts["trained"], 1) and _is_number(held_out, 1) and _is_number(counts["right"], 0, int(held_out))
    )


def _is_number(value: object, least: int, most: int = MOST) -> bool:
    return type(value) is int and least <= value <= most
