"""The program's own presets and options, each trained with several seeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mnist_core.benchmarks import processes
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig


@dataclass(frozen=True)
class Trial:
    """A name and the flags of `train`."""

    name: str
    flags: tuple[str, ...]
    """Each with a value; the first one is the preset."""

    def config(self, seed: int) -> TrainConfig:
        """The same as a config."""
        names = [flag.removeprefix("--").replace("-", "_") for flag in self.flags[::2]]
        given: dict[str, Any] = dict(zip(names, self.flags[1::2], strict=True))
        return TrainConfig.checked(**{**PRESETS[given.pop("preset")], **given, "seed": seed})


Turn = tuple[Trial, int]
"""A trial and a seed."""
Reports = Callable[[Sequence[Turn]], Iterator[dict[str, Any]]]
"""Trains, and gives the reports in the order of the turns."""


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


def here(mnist: Path) -> Reports:
    """One training after the other, each in a process of its own.

    Args:
        mnist: an .npz file.
    """
    return lambda turns: (processes.train(trial.flags, seed, mnist)[0] for trial, seed in turns)


def on_cluster(compute: Compute, workspace: Workspace) -> Reports:
    """As many trainings at the same time as the cluster has room for.

    The figures are those of this machine with as many threads, apart from the seconds.

    Args:
        workspace: with MNIST and the token.
    """

    def reports(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
        from mnist_core.engine.cluster.trainings import train_all  # Ray is optional

        return (report.model_dump() for report in train_all([t.config(s) for t, s in turns], compute, workspace))

    return reports


def try_out(
    trials: Sequence[Trial], seeds: Sequence[int], reports_of: Reports, tell: Callable[[str], None]
) -> Iterator[Outcome]:
    """Train every trial once for each seed, in turns."""
    turns = [(trial, seed) for seed in seeds for trial in trials]
    reports = reports_of(turns)
    for trial, seed in turns:
        tell(_("Seed {seed}: {name} …", seed=seed, name=trial.name))
        report = next(reports)
        figures = {name: report[name] for name in ("test_accuracy", "validation_accuracy", "fit_seconds")}
        tell(result(report["test_accuracy"], report["fit_seconds"]))
        yield Outcome(trial=trial.name, flags=list(trial.flags), seed=seed, **figures)


def result(test_accuracy: float, fit_seconds: float) -> Text:
    """What a training has reached, as a line of progress."""
    return _("  {accuracy:.2%} after {seconds:.1f} s of fitting", accuracy=test_accuracy, seconds=fit_seconds)
