"""The NVIDIA GPU that is used: its name and its current figures.

CUDA counts only the GPUs that `CUDA_VISIBLE_DEVICES` names; NVIDIA's library counts all GPUs of the machine. If the
variable holds numbers or is not set, both use the same order for GPUs of one kind, or with
`CUDA_DEVICE_ORDER=PCI_BUS_ID`.
"""

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any


@cache
def _library() -> Any:
    """NVIDIA's library, started; None if it is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pynvml
        pynvml.nvmlInit()
    except (ImportError, OSError):
        return None
    except pynvml.NVMLError:
        return None
    return pynvml


@cache
def _handle(number: int, visible: str | None) -> Any:
    """The GPU with this number among the visible ones; None if there is none."""
    if (nvml := _library()) is None:
        return None
    try:
        return _handle_of(nvml, str(number) if visible is None else _entry(visible, number))
    except (nvml.NVMLError, UnicodeError):
        return None


def _entry(visible: str, number: int) -> str:
    """An entry of CUDA_VISIBLE_DEVICES; empty where there is none. Like CUDA, it stops at the first that is no GPU."""
    entries: list[str] = []
    for entry in (each.strip() for each in visible.split(",")):
        if not entry.isdecimal() and not entry.startswith(("GPU-", "MIG-")):
            break
        entries.append(entry)
    return entries[number] if number < len(entries) else ""


def _handle_of(nvml: Any, entry: str) -> Any:
    if not entry:
        return None
    if entry.isdecimal():
        return nvml.nvmlDeviceGetHandleByIndex(int(entry))
    if entry.startswith("MIG-"):
        return nvml.nvmlDeviceGetHandleByUUID(entry)
    for index in range(nvml.nvmlDeviceGetCount()):  # CUDA takes the first letters of a UUID for the whole
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        if str(nvml.nvmlDeviceGetUUID(handle)).startswith(entry):
            return handle
    return None


def _used(device: str) -> Any:
    kind, _, number = device.split(",")[0].partition(":")
    if kind != "gpu" or not number.isdecimal():
        return None
    return _handle(int(number), os.environ.get("CUDA_VISIBLE_DEVICES"))


def may_be_chosen() -> bool:
    """Whether a training may find a GPU here. TensorFlow, the usual backend, knows only NVIDIA's."""
    return os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow" or _used("gpu:0") is not None


def name(device: str = "gpu:0") -> str:
    """As its maker calls it; empty without one.

    Args:
        device: as Keras calls it: gpu:0, …, cpu.
    """
    if (handle := _used(device)) is None:
        return ""
    nvml = _library()
    try:
        return str(nvml.nvmlDeviceGetName(handle))
    except nvml.NVMLError:
        return ""


def figures(device: str) -> dict[str, float]:
    """Use in %, memory in GiB, temperature in °C and power in W; empty without a GPU.

    Figures that this GPU does not report are missing, such as the power of a laptop's. Of several GPUs, which share a
    training equally, they are the first one's.

    Args:
        device: as Keras calls it: gpu:0, …, cpu; or "gpu:0,gpu:1".
    """
    if (handle := _used(device)) is None:
        return {}
    nvml = _library()
    questions: dict[str, Callable[[], float]] = {
        "use": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu,
        "memory_gib": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used / 2**30,
        "memory_total_gib": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total / 2**30,
        "temperature": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
        "power_w": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
    }
    answers = {}
    for figure, ask in questions.items():
        with suppress(nvml.NVMLError):
            answers[figure] = float(ask())
    return answers
