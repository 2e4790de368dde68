"""A device's memory is full."""

import pytest

from mnist_core.engine.backends import devices
from tests.engine.trainings import ResourceExhaustedError


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (ResourceExhaustedError("OOM when allocating"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError(), False),
    ],
)
def test_every_backend_s_full_memory_is_known(error: Exception, full: bool) -> None:
    """By the error's name or words; other errors pass as they are."""
    assert devices.is_out_of_memory(error) == full
    with pytest.raises(devices.OutOfMemory if full else type(error)), devices.naming_out_of_memory():
        raise error
