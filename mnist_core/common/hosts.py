"""Which hosts a server answers for.

Otherwise another site could reach it through a host name of its own that resolves to this machine (DNS rebinding).
"""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@lru_cache(256)
def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """
    Args:
        host: a request's Host header, with or without a port.
        allowed: host names, "*.example.org" for all names below one, "*" for all; none allows every host.
    """
    if not allowed:
        return True
    try:
        parts = urlsplit(f"//{host}")
        name = (parts.hostname or "").rstrip(".")
        parts.port  # noqa: B018 – it raises unless it is a number
    except ValueError:
        return False
    if not name or parts.netloc != host or "@" in host:
        return False
    patterns = [each.lower() for each in allowed]
    return any(each in ("*", name) or (each.startswith("*.") and name.endswith(each[1:])) for each in patterns)


def is_this_machine(address: str) -> bool:
    """Whether a server that listens at this address is reached from this machine only."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
