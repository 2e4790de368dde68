"""What a GPU tells of itself, and one that tells little."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.engine.training import train
from mnist_core.jobs import gpu
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run
from pages.widgets.status_bar import describe
from tests.engine.trainings import Free


class NVMLError(Exception):
    """As NVIDIA's library names it."""


def refuse(*_: Any) -> Any:
    raise NVMLError("not supported")


def by_index(index: int) -> str:
    """One of three GPUs."""
    return ("first", "second", "third")[index] if index < 3 else refuse()


def by_uuid(uuid: str) -> str:
    return "a part" if uuid == "MIG-7f" else refuse()


class Driver(SimpleNamespace):
    """NVIDIA's library, as it answers where a GPU is."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, **changes: Callable[..., Any]) -> None:
        answers: dict[str, Callable[..., Any]] = {
            "nvmlInit": lambda: None,
            "nvmlDeviceGetCount": lambda: 3,
            "nvmlDeviceGetHandleByIndex": by_index,
            "nvmlDeviceGetHandleByUUID": by_uuid,
            "nvmlDeviceGetUUID": {"first": "GPU-a1", "second": "GPU-b2", "third": "GPU-c3"}.__getitem__,
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
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for cached in (gpu._library, gpu._handle):
        cached.cache_clear()
    yield lambda driver: monkeypatch.setitem(sys.modules, "pynvml", driver)
    for cached in (gpu._library, gpu._handle):
        cached.cache_clear()


def test_a_gpu_is_named_and_read(install: Install) -> None:
    """In %, GiB, °C and W."""
    install(Driver())
    assert gpu.name() == "NVIDIA RTX"
    assert gpu.figures("gpu:0") == {
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
    assert gpu.figures("gpu:0") == {}


def test_what_a_gpu_does_not_tell_is_left_out(install: Install) -> None:
    """A laptop does not tell its power, a part of a shared GPU not its use; a training goes on all the same."""
    install(Driver(nvmlDeviceGetPowerUsage=refuse, nvmlDeviceGetUtilizationRates=refuse, nvmlDeviceGetName=refuse))
    assert gpu.name() == ""
    assert gpu.figures("gpu:0") == {"memory_gib": 1.5, "memory_total_gib": 8.0, "temperature": 61.0}


@pytest.mark.parametrize(
    ("visible", "device", "asked"),
    [
        (None, "gpu:0", "first"),
        (None, "gpu:2", "third"),
        (None, "gpu:3", ""),
        (None, "gpu:1,gpu:2", "second"),
        (None, "cpu", ""),
        (None, "mps:0", ""),
        (None, "", ""),
        ("1", "gpu:0", "second"),
        ("2, 0", "gpu:1", "first"),
        ("2", "gpu:1", ""),
        ("", "gpu:0", ""),
        ("-1", "gpu:0", ""),
        ("1,-1,2", "gpu:1", ""),
        ("GPU-c3", "gpu:0", "third"),
        ("0,GPU-b", "gpu:1", "second"),
        ("GPU-d", "gpu:0", ""),
        ("MIG-7f", "gpu:0", "a part"),
        ("MIG-8", "gpu:0", ""),
        ("NoDevFiles", "gpu:0", ""),
        ("7", "gpu:0", ""),
        ("²", "gpu:0", ""),
    ],
)
def test_the_gpu_that_is_used_is_asked(
    visible: str | None, device: str, asked: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not always the machine's first: CUDA counts those that CUDA_VISIBLE_DEVICES names. On the CPU none is asked."""
    install(Driver(nvmlDeviceGetName=lambda handle: handle))
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu.name(device) == asked
    assert bool(gpu.figures(device)) == bool(asked)


def test_whether_there_is_a_choice(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow finds NVIDIA's GPUs only; other backends find more than NVIDIA's library knows of."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    install(Driver())
    assert gpu.may_be_chosen()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not gpu.may_be_chosen()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert gpu.may_be_chosen()


def test_a_training_on_the_cpu_asks_no_gpu(install: Install, tiny_npz: Path, workspace: Workspace) -> None:
    """Although there is one."""
    install(Driver())
    seen: list[Progress] = []
    config = TrainConfig(architecture="mlp", dataset=str(tiny_npz), epochs=1, device="cpu")
    run = Run.create(workspace, "r", "train", config)
    train.train(RunContext(config, workspace, run, Free(), seen.append))
    assert {(each.device, len(each.gpu)) for each in seen} == {("", 0), ("cpu", 0)}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"use": 37.0, "memory_gib": 1.5, "temperature": 61.0, "power_w": 45.5}, "GPU 37%, 1.5 GiB, 61 °C"),
        ({"memory_gib": 1.5}, "GPU 1.5 GiB"),
        ({"power_w": 45.5}, ""),
        ({}, ""),
    ],
)
def test_the_status_bar_shows_what_was_told(told: dict[str, float], shown: str) -> None:
    """And nothing where there is nothing."""
    line = describe(Progress(phase="training", step=5, total_steps=10, epoch=1, epochs=2, gpu=told))
    assert line == " · ".join(filter(None, ["50%", "epoch 1 of 2", shown]))
