"""Which device computes, and what it does when its memory is full."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import keras

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import N_, _, listed
from mnist_core.engine.backends import table

OUT_OF_MEMORY = (
    "out of memory",
    "resource_exhausted",
    "resourceexhausted",
    "failed to allocate",
    "oom when",
    "memoryerror",
)

COMPILED_BYTES = 256 * 2**20
"""Maximum size of JAX's compilation cache; least recently used entries go first. On a CPU a preset takes half a MB."""


NO_MEMORY = N_("The device ran out of memory. Try a smaller batch, a smaller network, or the CPU.")


class OutOfMemory(Exception):
    """The device's memory is full: one error for all backends."""


def available() -> list[str]:
    """Device names as Keras calls them: gpu:0, …, cpu."""
    return [*table.present().gpus(), "cpu"]


def choose(wanted: str) -> str:
    """The device for auto, cpu or gpu:N; for all or a list, the devices as "gpu:0,gpu:1".

    Raises:
        InputError: this machine has no such device, or several need another backend.
    """
    devices, divides = available(), table.present().several
    several = divides() if divides else devices[:-1]
    together = ["all", *several] if len(several) > 1 else []
    match wanted:
        case "auto":
            named = devices[:1]
        case "all":
            named = together[1:] or devices[:1]
        case _:
            named = wanted.split(",")
    if len(named) > 1 and divides is None:
        raise InputError(
            _(
                "A training uses several devices only with JAX. Install JAX and set KERAS_BACKEND=jax in the "
                "environment, or name one device."
            )
        )
    if missing := [each for each in named if each not in (*devices, *several)]:
        raise InputError(
            _(
                "This machine has no {device}. Allowed: {allowed}.",
                device=missing[0],
                allowed=listed(dict.fromkeys(["auto", *together, *devices])),
            )
        )
    return ",".join(named)


def count(device: str) -> int:
    """Among how many devices `using` divides a batch."""
    return len(device.split(","))


@contextmanager
def using(device: str) -> Iterator[None]:
    """Compute on a device that `choose` returned. If it returned several, each batch is divided among them."""
    first, *others = device.split(",")
    with ExitStack() as stack:
        stack.enter_context(keras.device(first))
        if others:
            stack.enter_context(keras.distribution.DataParallel(devices=[first, *others]).scope())
        yield


def check_batch(size: int, device: str) -> None:
    """
    Raises:
        InputError: a batch of this size cannot be divided equally among these devices.
    """
    if rest := size % (n := count(device)):
        raise InputError(
            _(
                "A batch of {size:,} images cannot be divided equally among {n:,} devices. Use a batch size that is a "
                "multiple of {n:,}, such as {allowed:,}.",
                size=size,
                n=n,
                allowed=size - rest or n,
            )
        )


def release(variable: keras.Variable) -> None:
    """Free the memory of a variable that nobody reads again.

    TensorFlow's registry of gradients keeps each compiled training step, with the variables that it read, as long as
    the process lives.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.raw_ops.AssignVariableOp(resource=variable.value.handle, value=tensorflow.zeros(0, variable.dtype))


def keep_compiled(folder: Path) -> None:
    """On JAX, keep compiled programs in `folder`, so that a training like an earlier one starts without compiling.

    A folder that the person names (`JAX_COMPILATION_CACHE_DIR`) takes precedence. JAX warns of a damaged file and
    compiles again each time, until the folder is deleted. The other backends compile nothing that could be kept.
    """
    if keras.backend.backend() != "jax":
        return
    import jax

    config: Any = jax.config  # its options have no types
    if config.jax_compilation_cache_dir is not None:
        return
    config.update("jax_compilation_cache_dir", str(folder))
    config.update("jax_compilation_cache_max_size", COMPILED_BYTES)
    # Building a network compiles dozens of small programs, which JAX by itself does not find worth keeping.
    config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a backend's error (each has its own class) says that the device's memory is full."""
    text = f"{type(error).__name__} {error}".lower()
    return any(sign in text for sign in OUT_OF_MEMORY)


@contextmanager
def naming_out_of_memory() -> Iterator[None]:
    """Raises:
    OutOfMemory: in place of the backend's own error.
    """
    try:
        yield
    except StudioError:  # said already, perhaps of a full memory
        raise
    except BaseException as error:  # each backend has an error class of its own
        if is_out_of_memory(error):
            raise OutOfMemory from error
        raise
