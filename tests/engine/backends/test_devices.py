"""Which device computes, or which devices; a device's memory is full."""

from collections.abc import Callable

import pytest

from mnist_core.common.errors import InputError
from mnist_core.engine.backends import devices, table
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


TWO = ["gpu:0", "gpu:1"]
MACHINES: dict[str, tuple[list[str], Callable[[], list[str]] | None]] = {
    "two GPUs, JAX": (TWO, lambda: TWO),
    "two GPUs, TensorFlow": (TWO, None),
    "one GPU, JAX": (TWO[:1], lambda: TWO[:1]),
    "four CPUs, JAX": ([], lambda: ["cpu:0", "cpu:1", "cpu:2", "cpu:3"]),
    "CPU, TensorFlow": ([], None),
}
"""The GPUs of a machine, and what its backend divides a batch among."""


@pytest.mark.parametrize(
    ("machine", "wanted", "chosen"),
    [
        ("two GPUs, JAX", "auto", "gpu:0"),
        ("two GPUs, JAX", "all", "gpu:0,gpu:1"),
        ("two GPUs, JAX", "gpu:1,gpu:0", "gpu:1,gpu:0"),
        ("two GPUs, JAX", "cpu", "cpu"),
        ("two GPUs, TensorFlow", "gpu:1", "gpu:1"),
        ("two GPUs, TensorFlow", "all", "A training uses several devices only with JAX."),
        ("two GPUs, TensorFlow", "gpu:0,gpu:1", "A training uses several devices only with JAX."),
        ("one GPU, JAX", "all", "gpu:0"),
        ("one GPU, JAX", "gpu:0,gpu:1", "This machine has no gpu:1. Allowed: auto, gpu:0, cpu."),
        ("four CPUs, JAX", "auto", "cpu"),
        ("four CPUs, JAX", "all", "cpu:0,cpu:1,cpu:2,cpu:3"),
        ("CPU, TensorFlow", "all", "cpu"),
        ("CPU, TensorFlow", "gpu:0,gpu:1", "A training uses several devices only with JAX."),
        ("CPU, TensorFlow", "gpu:0", "This machine has no gpu:0. Allowed: auto, cpu."),
    ],
)
def test_devices_are_chosen(machine: str, wanted: str, chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One, several, or a sentence that says what is missing."""
    gpus, several = MACHINES[machine]
    monkeypatch.setattr(table, "present", lambda: table.Backend(lambda: gpus, several=several))
    try:
        found = devices.choose(wanted)
    except InputError as error:
        found = str(error)
    assert found.startswith(chosen)
