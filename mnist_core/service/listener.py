"""The last connections of a socket that listens.

When such a socket is closed, the system resets the connections that nobody has accepted, although their clients may
have sent a request. So they are accepted first.
"""

import ctypes
import socket
import struct
import sys
from contextlib import suppress

ATTACH_FILTER = 26
"""Linux' SO_ATTACH_FILTER, which Python does not name."""
BPF_RETURN = 0x06


def last_connections(listener: socket.socket) -> list[socket.socket]:
    """Accept what waits; the caller closes the listener at once.

    Args:
        listener: does not block.
    """
    _ignore_more(listener)
    waiting = []
    with suppress(OSError):  # none waits any more, or this process may open no more files
        while True:
            waiting.append(listener.accept()[0])
    return waiting


def _ignore_more(listener: socket.socket) -> None:
    """On Linux, let the kernel drop what arrives, so that nobody connects between the last `accept` and the close.

    Such a client tries again a second later, and is refused.
    """
    if sys.platform == "linux":
        return_nothing = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0))
        program = struct.pack("HL", 1, ctypes.addressof(return_nothing))
        with suppress(OSError):  # a system may forbid it
            listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)
