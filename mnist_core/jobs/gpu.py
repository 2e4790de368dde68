"""The NVIDIA GPU of this machine: what it is, and how it is doing."""

import warnings
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


def readings() -> dict[str, float]:
    """Use in %, memory in GiB, temperature in °C and power in W; empty without a GPU."""
    if (found := _handle()) is None:
        return {}
    nvml, handle = found
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return {
        "use": float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory_gib": memory.used / 2**30,
        "memory_total_gib": memory.total / 2**30,
        "temperature": float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),
        "power_w": nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
    }
