"""Where work is done that can be done elsewhere: on this machine, or on the workers of a Ray cluster."""

import re
from ipaddress import IPv6Address
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mnist_core.common.language import N_
from mnist_core.config.fields import Config, field

PORT = 10001
"""Ray's own port for clients."""
HERE = "here"
"""A word for this machine, so that a flag can overrule what is stored."""
_ADDRESS = re.compile(r"(?:ray://)?(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?", re.ASCII)


def _address(text: str) -> str:
    """The same as "ray://host:port"; empty for this machine."""
    if (text := text.strip()) in ("", HERE):
        return ""
    found = _ADDRESS.fullmatch(text)
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 2**16 or not _possible(found["host"]):
        raise PydanticCustomError("cluster", "wrong")
    return f"ray://{found['host']}:{port}"


def _possible(host: str) -> bool:
    """Whether the system can look it up. Where it cannot, it raises errors of many kinds."""
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        host.encode("idna")
    except ValueError:  # UnicodeError is one
        return False
    return True


class Compute(Config):
    """This machine or a cluster, and what a training gets there."""

    cluster: Annotated[str, AfterValidator(_address)] = field(
        "", "compute", N_("Cluster"),
        N_("Address of a Ray cluster, such as ray://server:10001. “here”, or nothing, means this machine."),
        max_length=300,
    )  # fmt: skip
    cpus: int = field(1, "compute", N_("CPUs"), N_("CPUs of the cluster for each training."), ge=1, le=1024)
    gpu_share: float = field(
        1.0, "compute", N_("GPU share"),
        N_("Share of a GPU for each training, if the cluster has GPUs. At 0.25, four trainings share one GPU."),
        ge=0, le=1,
    )  # fmt: skip
    workers: int = field(
        0, "compute", N_("Workers"),
        N_(
            "How many trials of a search, members of an ensemble or trainings of a benchmark run at the same time on "
            "the cluster. 0 means as many as fit."
        ),
        ge=0, le=1000,
    )  # fmt: skip
