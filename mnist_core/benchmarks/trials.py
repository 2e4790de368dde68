"""The program's own presets and options, each trained with several seeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from mnist_core.benchmarks import processes
from mnist_core.common.language import Text, _


@dataclass(frozen=True)
class Trial:
    """A name and the flags of `train`."""

    name: str
    flags: tuple[str, ...]


class Outcome(BaseModel):
    """One trial with one seed."""

    trial: str
    flags: list[str]
    seed: int
    test_accuracy: float
    validation_accuracy: float
    fit_seconds: float


def _quick(name: str, *flags: str) -> Trial:
    return Trial(name, ("--preset", "quick", *flags))


ABLATION = (
    _quick("quick"),
    _quick("without augmentation", "--shift", "0"),
    _quick("with rotation ±8°, zoom ±8%", "--rotation", "8", "--zoom", "0.08"),
    _quick("Adam instead of Muon", "--optimizer", "adam", "--learning-rate", "0.015"),
    _quick("Muon's usual momentum, 0.95", "--momentum", "0.95"),
    _quick("constant learning rate, 0.002", "--schedule", "constant", "--learning-rate", "0.002"),
    _quick("cosine instead of one-cycle", "--schedule", "cosine"),
    _quick("EMA decay 0.99", "--ema-decay", "0.99"),
    _quick("label smoothing 0.1", "--label-smoothing", "0.1"),
    _quick("dropout 0.2", "--dropout", "0.2"),
    _quick("weight decay 0.05", "--weight-decay", "0.05"),
    _quick("five test-time views", "--test-time-views", "5"),
    _quick("ensemble of three", "--ensemble-size", "3"),
    _quick("architecture cnn", "--architecture", "cnn", "--learning-rate", "0.004"),
)
"""The ablation: the preset with one setting changed."""


def try_out(
    trials: Sequence[Trial], seeds: Sequence[int], mnist: Path, tell: Callable[[str], None]
) -> Iterator[Outcome]:
    """Train every trial once for each seed, in turns."""
    for seed in seeds:
        for trial in trials:
            tell(_("Seed {seed}: {name} …", seed=seed, name=trial.name))
            report = processes.train(trial.flags, seed, mnist)[0]
            figures = {name: report[name] for name in ("test_accuracy", "validation_accuracy", "fit_seconds")}
            tell(result(report["test_accuracy"], report["fit_seconds"]))
            yield Outcome(trial=trial.name, flags=list(trial.flags), seed=seed, **figures)


def result(test_accuracy: float, fit_seconds: float) -> Text:
    """What a training has reached, as a line of progress."""
    return _("  {accuracy:.2%} after {seconds:.1f} s of fitting", accuracy=test_accuracy, seconds=fit_seconds)
