"""The table of Keras' backends. A new one is a line, and a file if it has an `Executor` of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import keras

from mnist_core.engine.backends.executor import Executor, Floats

HERE = __package__


def _gpus_of_tensorflow() -> list[str]:
    import tensorflow

    return [f"gpu:{n}" for n in range(len(tensorflow.config.list_physical_devices("GPU")))]


def _gpus_of_jax() -> list[str]:
    import jax

    return [f"gpu:{n}" for n, device in enumerate(jax.devices()) if device.platform == "gpu"]


def _gpus_of_torch() -> list[str]:
    import torch

    gpus = [f"gpu:{n}" for n in range(torch.cuda.device_count())]
    return [*gpus, "mps:0"] if torch.backends.mps.is_available() else gpus


@dataclass(frozen=True)
class Backend:
    """What the engine must know of a backend."""

    gpus: Callable[[], list[str]] = list
    """The names of its GPUs, as Keras calls them. `keras.distribution.list_devices` knows nothing of PyTorch, and fails
    on JAX without a GPU."""
    executor: str = f"{HERE}.on_keras:OnKeras"
    """"module:class" of the fastest `Executor`. It is named, not imported: each imports its backend."""
    several: Callable[[], list[str]] | None = None
    """The names of the devices among which its executor can divide a batch: all GPUs, or else all CPUs. JAX has several
    CPUs if `XLA_FLAGS` asks for them, to try this without GPUs. None: it cannot."""
    jit_compile: bool = False
    """Whether Keras' own steps use XLA, which is 2–3 times slower on a CPU with TensorFlow."""
    shares_variables: bool = False
    """Whether two graphs that share variables can run at the same time. JAX's steps take the memory of theirs over."""


BACKENDS = {
    "tensorflow": Backend(_gpus_of_tensorflow, f"{HERE}.on_tensorflow:OnTensorFlow", shares_variables=True),
    "jax": Backend(_gpus_of_jax, f"{HERE}.on_jax:OnJax", keras.distribution.list_devices, jit_compile=True),
    "torch": Backend(_gpus_of_torch),
}


def present() -> Backend:
    """The backend of this process. If the table lacks it, Keras does all the work on the CPU."""
    return BACKENDS.get(keras.backend.backend(), Backend())


def executor_of(graph: keras.Model, targets: Floats) -> Executor:
    """What runs `graph`, a compiled training graph, on the present backend.

    Args:
        targets: (N, 10) distributions by the graph's indices: one-hot, or what another model predicted.
    """
    module, name = present().executor.split(":")
    found: Executor = getattr(import_module(module), name)(graph, targets)
    return found
