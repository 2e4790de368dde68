"""Searches with TPE and the pruner against random ones with as many minutes."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mnist_core.benchmarks import processes
from mnist_core.common.language import _
from mnist_core.config.flags import flag
from mnist_core.config.search_space import Value

PRESET = "articles"
SPACE = (
    "--range", "learning_rate=0.0001..0.1",
    "--range", "batch_size=32..512",
    "--range", "dropout=0..0.5",
    "--range", "label_smoothing=0..0.2",
    "--range", "shift=0..3",
    "--choice", "optimizer=adam,sgd,muon,rmsprop",
    "--choice", "activation=relu,tanh,gelu,sigmoid",
    "--choice", "schedule=constant,cosine,one-cycle",
)  # fmt: skip
"""What the searches vary: the settings that a beginner would change."""
METHODS = {"TPE, pruner": ("--sampler", "tpe"), "random": ("--sampler", "random", "--no-pruner")}
"""Name → flags."""
ANOTHER_SEED = 1000
"""Added to the seed of the search for the training with the best settings."""


class Ended(BaseModel):
    """One trial of a search."""

    at_s: float
    """Seconds of the search at its end."""
    accuracy: float | None
    """On the validation images; None unless it was trained to its end."""


class Search(BaseModel):
    """One search, and a training with the best settings that it found."""

    method: str
    seed: int
    minutes: float
    trials: list[Ended]
    settings: dict[str, Value]
    """The best trial's."""
    test_accuracy: float
    """Of one training with these settings and another seed."""


def measure(
    minutes: float, seeds: Sequence[int], epochs: int, mnist: Path, tell: Callable[[str], None]
) -> Iterator[Search]:
    """Search with both methods at the same time, so that other work on the machine slows both alike.

    Args:
        epochs: of each trial; 0 for the preset's.
        mnist: an .npz file.

    Raises:
        StudioError: a search or a training failed.
    """
    fixed = ("--preset", PRESET, *(("--epochs", str(epochs)) if epochs else ()))
    for seed in seeds:
        tell(_("Seed {seed}: {minutes:g} minutes of both searches …", seed=seed, minutes=minutes))
        found = partial(_search, fixed, minutes, seed, mnist)
        with ThreadPoolExecutor(len(METHODS)) as pool:
            reports = list(pool.map(found, METHODS.values()))
        for method, report in zip(METHODS, reports, strict=True):
            best = next(trial for trial in report["trials"] if trial["number"] == report["best"][0])
            flags = (*fixed, *(word for name, value in best["settings"].items() for word in (flag(name), str(value))))
            tested = processes.train(flags, seed + ANOTHER_SEED, mnist)[0]
            tell(_("  {method}: {accuracy:.2%} of the test images", method=method, accuracy=tested["test_accuracy"]))
            yield Search(
                method=method,
                seed=seed,
                minutes=minutes,
                trials=[_ended(trial) for trial in report["trials"]],
                settings=best["settings"],
                test_accuracy=tested["test_accuracy"],
            )


def _search(fixed: Sequence[str], minutes: float, seed: int, mnist: Path, method: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as workspace:
        words = ["mnist_core", "search", *fixed, *method, *SPACE, "--minutes", str(minutes), "--seed", str(seed)]
        words += ["--json", "--workspace", workspace]
        return processes.run_module(words, {"MNIST_STUDIO_DATA": str(mnist)})[0]


def _ended(trial: dict[str, Any]) -> Ended:
    return Ended(at_s=trial["ended_s"], accuracy=trial["accuracy"] if trial["state"] == "completed" else None)
