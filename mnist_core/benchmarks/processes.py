"""Whole processes, timed."""

import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_core.common import processes
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.jobs import compute


def run_module(words: Sequence[str], environment: dict[str, str] | None = None) -> tuple[dict[str, Any], float]:
    """Run `python -m words…`; return the JSON object that its last line is, and the process's seconds.

    Raises:
        StudioError: it failed.
    """
    started = time.monotonic()
    process = subprocess.run(
        [*processes.PYTHON, "-m", *words],
        capture_output=True, text=True, check=False,
        env=processes.environment(**{compute.CLUSTER: ""}, **(environment or {})),  # this machine is measured
    )  # fmt: skip
    if process.returncode:
        last_line = (process.stderr.strip().splitlines() or [_("exit status {status}", status=process.returncode)])[-1]
        command = f"python -m {' '.join(words[:4])} …"
        raise StudioError(_("{command} failed: {problem}", command=command, problem=last_line))
    return json.loads(process.stdout.splitlines()[-1]), round(time.monotonic() - started, 3)


def train(flags: Sequence[str], seed: int, mnist: Path) -> tuple[dict[str, Any], float]:
    """Like `train_in`, in a workspace that is thrown away."""
    with tempfile.TemporaryDirectory() as workspace:
        return train_in(Path(workspace), flags, seed, mnist)


def train_in(workspace: Path, flags: Sequence[str], seed: int, mnist: Path) -> tuple[dict[str, Any], float]:
    """Run this program's `train`; return its report and the process's seconds."""
    words = ["mnist_core", "train", *flags, "--seed", str(seed), "--json", "--workspace", str(workspace)]
    return run_module(words, {"MNIST_STUDIO_DATA": str(mnist)})
