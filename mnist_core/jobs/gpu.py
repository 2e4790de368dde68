"""The NVIDIA GPU of this machine: its name and its current figures."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any


@cache
def _handle() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pynvml
        pynvml.nvmlInit()
        return pynvml, pynvml.nvmlDeviceGetHandleByIndex(0)
    except (ImportError, OSError):
        return None
    except pynvml.NVMLError:
        return None


def name() -> str:
    """As its maker calls it; empty without one."""
    if (found := _handle()) is None:
        return ""
    nvml, handle = found
    try:
        return str(nvml.nvmlDeviceGetName(handle))
    except nvml.NVMLError:
        return ""


def figures() -> dict[str, float]:
    """Use in %, memory in GiB, temperature in °C and power in W; empty without a GPU.

    What this GPU does not tell is missing: a laptop's its power, a part of a shared one its use.
    """
    if (found := _handle()) is None:
        return {}
    nvml, handle = found
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
