"""The program compared with its baselines: whole processes, in turns, on the same data and cores."""

import importlib.util
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from mnist_core.benchmarks import processes, trials
from mnist_core.common.language import _

BASELINES = {"articles": 5, "keras_convnet": 15, "pytorch_example": 14}
"""Script in `mnist_core.benchmarks.baselines` → the epochs that its authors give it."""
PRESETS = ("blink", "sprint", "quick", "balanced")
NAMES = {
    "articles": "the articles' script",
    "keras_convnet": "Keras' example",
    "pytorch_example": "PyTorch's example",
    **{preset: f"preset `{preset}`" for preset in PRESETS},
}


class Epoch(BaseModel):
    """The figures at its end; the seconds are those of fitting since the start."""

    seconds: float
    test_accuracy: float


class Finish(BaseModel):
    """One process of one contestant."""

    contestant: str
    seed: int
    process_seconds: float
    fit_seconds: float
    epochs: list[Epoch]


def compare(mnist: Path, seeds: Sequence[int], most_epochs: int, tell: Callable[[str], None]) -> Iterator[Finish]:
    """Run each contestant once for each seed, in turns.

    Args:
        mnist: an .npz of MNIST.
        most_epochs: stop the baselines after so many.
        tell: is given a line before and after each process.

    Raises:
        StudioError: a process failed.
    """
    for seed in seeds:
        for name in (*PRESETS, *baselines_at_hand()):
            tell(_("Seed {seed}: {name} …", seed=seed, name=NAMES[name]))
            finish = _preset(name, mnist, seed) if name in PRESETS else _baseline(name, mnist, seed, most_epochs)
            tell(trials.result(finish.epochs[-1].test_accuracy, finish.fit_seconds))
            yield finish


def baselines_at_hand() -> list[str]:
    """The baselines whose dependencies are installed; PyTorch is one of the benchmark alone."""
    return [name for name in BASELINES if name != "pytorch_example" or importlib.util.find_spec("torch")]


def _preset(name: str, mnist: Path, seed: int) -> Finish:
    report, seconds = processes.train(["--preset", name], seed, mnist)
    fitting = report["fit_seconds"]
    end = Epoch(seconds=fitting, test_accuracy=report["test_accuracy"])
    return Finish(contestant=name, seed=seed, process_seconds=seconds, fit_seconds=fitting, epochs=[end])


def _baseline(name: str, mnist: Path, seed: int, most_epochs: int) -> Finish:
    epochs = min(BASELINES[name], most_epochs)
    report, seconds = processes.run_module(
        [f"mnist_core.benchmarks.baselines.{name}", str(mnist), str(seed), str(epochs)]
    )
    seconds -= report.pop("judging_seconds")  # it evaluates each epoch only for this report
    return Finish(contestant=name, seed=seed, process_seconds=seconds, **report)


class TimeTo(BaseModel):
    """A contestant's time to an accuracy, which it reaches when the mean over its seeds does."""

    contestant: str
    seconds: list[float]
    """Of fitting, one for each seed."""


def time_to(accuracy: float, contestant: str, finishes: Sequence[Finish]) -> TimeTo | None:
    """The first epoch after which the contestant's mean accuracy is at least `accuracy`; None if there is none."""
    own = [finish for finish in finishes if finish.contestant == contestant]
    for epochs in zip(*(finish.epochs for finish in own), strict=False):
        if statistics.fmean(epoch.test_accuracy for epoch in epochs) >= accuracy:
            return TimeTo(contestant=contestant, seconds=[epoch.seconds for epoch in epochs])
    return None


def our_time_to(accuracy: float, finishes: Sequence[Finish]) -> TimeTo | None:
    """That of the fastest preset; None if no preset gets there."""
    times = [time for preset in PRESETS if (time := time_to(accuracy, preset, finishes))]
    return min(times, key=lambda time: statistics.median(time.seconds), default=None)
