"""A conversion in a process of its own, with another backend of Keras: together, both would take a GPU's memory."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from mnist_core.common import log, processes
from mnist_core.common.language import _


def run_apart(backend: str, function: Callable[..., None], *arguments: Path) -> str:
    """Call a function of a module in a process with this backend.

    Args:
        arguments: the function gets them as texts.

    Returns:
        Why it has failed, in one line; empty if it has not.
    """
    name = function.__name__
    code = f"import sys; from {function.__module__} import {name}; {name}(*sys.argv[1:])"
    done = subprocess.run(
        [*processes.PYTHON, "-c", code, *map(str, arguments)],
        env=processes.environment(KERAS_BACKEND=backend, CUDA_VISIBLE_DEVICES=""),
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if not done.returncode:
        return ""
    log.logger.warning("%s with %s failed: %s", name, backend, done.stderr)
    return (done.stderr.strip().splitlines() or [_("exit status {status}", status=done.returncode)])[-1]
