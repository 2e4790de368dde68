"""Where the service listens, over HTTP or HTTPS."""

import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from mnist_core.common.errors import InputError
from mnist_core.common.files import reason
from mnist_core.common.language import _

BACKLOG = 2048
"""Connections that wait to be accepted."""


@dataclass(frozen=True)
class Address:
    """Where the service listens."""

    host: str
    port: int
    certfile: Path | None = None
    keyfile: Path | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.certfile else ''}://{host}:{self.port}"

    def bind(self) -> socket.socket:
        """A socket that listens at this address: two sockets can be bound to one, but only one can listen.

        Raises:
            InputError: the port is in use, or this machine has no such address.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only where the protocol is named. It delays an answer by 40 ms.
        opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name != "nt":  # there it would take a port that another program has
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((self.host, self.port))
            opened.listen(BACKLOG)
        except (OSError, UnicodeError) as error:  # a name that no machine can have is the second
            opened.close()
            told = reason(error) if isinstance(error, OSError) else ""
            raise InputError(
                _("The service cannot listen at {host}, port {port}. {reason}", host=self.host, port=str(self.port),
                  reason=told)
            ) from None  # fmt: skip
        return opened

    def check_certificate(self) -> None:
        """Raises:
        InputError: the certificate or its key cannot be used.
        """
        if self.certfile is None:
            return
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certfile, self.keyfile, password="")
        except OSError as error:  # an SSLError is one
            raise InputError(
                _("The certificate {file} cannot be used. {reason}", file=str(self.certfile), reason=reason(error))
            ) from None
