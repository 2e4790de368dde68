"""What a GPU tells of itself, and one that tells little."""

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mnist_core.jobs import gpu
from mnist_core.jobs.progress import Progress
from pages.widgets.status_bar import describe


class NVMLError(Exception):
    """As NVIDIA's library names it."""


def refuse(*_: Any) -> Any:
    raise NVMLError("not supported")


class Driver(SimpleNamespace):
    """NVIDIA's library, as it answers where a GPU is."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, **changes: Callable[..., Any]) -> None:
        answers: dict[str, Callable[..., Any]] = {
            "nvmlInit": lambda: None,
            "nvmlDeviceGetHandleByIndex": lambda index: f"handle {index}",
            "nvmlDeviceGetName": lambda handle: "NVIDIA RTX",
            "nvmlDeviceGetUtilizationRates": lambda handle: SimpleNamespace(gpu=37),
            "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(used=3 * 2**29, total=2**33),
            "nvmlDeviceGetTemperature": lambda handle, sensor: 61,
            "nvmlDeviceGetPowerUsage": lambda handle: 45_500,
        }
        super().__init__(**{**answers, **changes})


Install = Callable[[Any], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a driver, or None for no library at all, in the place of this machine's."""
    gpu._handle.cache_clear()
    yield lambda driver: monkeypatch.setitem(sys.modules, "pynvml", driver)
    gpu._handle.cache_clear()


def test_a_gpu_is_named_and_read(install: Install) -> None:
    """In %, GiB, °C and W."""
    install(Driver())
    assert gpu.name() == "NVIDIA RTX"
    assert gpu.figures() == {
        "use": 37.0, "memory_gib": 1.5, "memory_total_gib": 8.0, "temperature": 61.0, "power_w": 45.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "driver",
    [None, Driver(nvmlInit=refuse), Driver(nvmlDeviceGetHandleByIndex=refuse)],
    ids=["no library", "no driver", "no GPU"],
)
def test_a_machine_without_a_gpu_has_nothing_to_tell(driver: Driver | None, install: Install) -> None:
    """No library, no driver, or no GPU: no name, no figures, no error."""
    install(driver)
    assert gpu.name() == ""
    assert gpu.figures() == {}


def test_what_a_gpu_does_not_tell_is_left_out(install: Install) -> None:
    """A laptop does not tell its power, a part of a shared GPU not its use; a training goes on all the same."""
    install(Driver(nvmlDeviceGetPowerUsage=refuse, nvmlDeviceGetUtilizationRates=refuse, nvmlDeviceGetName=refuse))
    assert gpu.name() == ""
    assert gpu.figures() == {"memory_gib": 1.5, "memory_total_gib": 8.0, "temperature": 61.0}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"use": 37.0, "memory_gib": 1.5, "temperature": 61.0, "power_w": 45.5}, "GPU 37 %, 1.5 GiB, 61 °C"),
        ({"memory_gib": 1.5}, "GPU 1.5 GiB"),
        ({"power_w": 45.5}, ""),
        ({}, ""),
    ],
)
def test_the_status_bar_shows_what_was_told(told: dict[str, float], shown: str) -> None:
    """And nothing where there is nothing."""
    line = describe(Progress(phase="training", step=5, total_steps=10, epoch=1, epochs=2, gpu=told))
    assert line == " · ".join(filter(None, ["50%", "epoch 1 of 2", shown]))
