"""Messages between processes: Flower's own form. It holds arrays, numbers and names, and no code."""

import numpy as np
from flwr.app import ArrayRecord, Message
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.proto.message_pb2 import Message as Form
from google.protobuf.message import DecodeError

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.engine.fine_tuning.learner import Weights

_DAMAGE = (DecodeError, ValueError, KeyError, TypeError, AttributeError, EOFError, OSError, MemoryError)
"""What Protobuf, Flower and NumPy raise for bytes that are no message."""
MAX_BYTES = 512 * 2**20
"""The limit of a message. The weights of the largest preset take a tenth of it."""
JOIN, MESSAGE, REPLY = "/v1/join", "/v1/message", "/v1/reply"
"""Where a client joins, waits for a message, and answers."""
CREDENTIAL = "Client-Secret"
"""The header with the secret that a client gets when it joins."""


def packed(message: Message) -> bytes:
    """The message as bytes."""
    found: bytes = message_to_proto(message).SerializeToString()
    return found


def unpacked(content: bytes, like: Weights) -> Message:
    """Args:
        like: arrays of the shapes that those of the message must have.

    Raises:
        InputError: it is no such message.
    """
    try:
        message = message_from_proto(Form.FromString(content))
        records = list(message.content.array_records.values()) if message.has_content() else []
        fit = all(_fits(each, like) for each in records)
    except _DAMAGE as error:
        raise InputError(_("The message is damaged.")) from error
    if not fit:
        raise InputError(_("The message has weights of another network, or infinite ones."))
    return message


def _fits(record: ArrayRecord, like: Weights) -> bool:
    """Whether the arrays are finite and have the names, the shapes and the types of those that travel."""
    if list(record) != list(ArrayRecord(like)):
        return False
    found = record.to_numpy_ndarrays()
    same = all(a.shape == b.shape and a.dtype == b.dtype for a, b in zip(found, like, strict=True))
    return same and all(np.isfinite(each).all() for each in found)
