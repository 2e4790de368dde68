"""What this process uses of the processor and the memory."""

from functools import cache

import psutil


@cache
def _self() -> psutil.Process:
    return psutil.Process()


def figures() -> dict[str, float]:
    """Use in % of one core since the last call (0 the first time), and memory in GiB."""
    process = _self()
    return {"use": process.cpu_percent(), "memory_gib": process.memory_info().rss / 2**30}
