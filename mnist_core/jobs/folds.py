"""What a fine-tuning's cross-validation predicts of each drawing, as its folds finish: folds.jsonl.

The first line has the predictions before the fine-tuning. Each later line has those of a fold. If the cross-validation
is repeated, the later lines count.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from mnist_core.jobs.runs import Run

FILE = "folds.jsonl"


@dataclass(frozen=True)
class Folds:
    """The digits that were predicted, by the index of the drawing."""

    before: list[int]
    after: dict[int, int]
    """Of the drawings whose fold has finished."""
    latest: frozenset[int]
    """The drawings of the fold that finished last."""


def begin(run: Run, before: Iterable[int]) -> None:
    """Write what is predicted of all drawings before the fine-tuning."""
    line = json.dumps({"before": [int(digit) for digit in before]})
    (run.folder / FILE).write_text(line + "\n", encoding="utf-8")


def add(run: Run, drawings: Iterable[int], predicted: Iterable[int]) -> None:
    """Add a fold: its drawings, and what is predicted of each by a network that has not learned it."""
    line = json.dumps({"drawings": [int(n) for n in drawings], "predicted": [int(digit) for digit in predicted]})
    with (run.folder / FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read(run: Run) -> Folds:
    """What is known so far; nothing before the first line is whole."""
    try:
        lines = (run.folder / FILE).read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        lines = []
    first, *others = [json.loads(line) for line in lines] or [{"before": []}]
    folds = [dict(zip(each["drawings"], each["predicted"], strict=True)) for each in others]
    after = {n: digit for fold in folds for n, digit in fold.items()}
    return Folds(first["before"], after, frozenset(folds[-1]) if folds else frozenset())
