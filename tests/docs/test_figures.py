"""README's table of presets, and those of the other documents, have the figures of the experiments."""

import json
import re
from statistics import mean, median

import pytest

from mnist_core.config.presets import OFFERED
from tests.conftest import ROOT
from tests.docs.markdown import DOCS

MEASURED = json.loads((DOCS / "experiments" / "benchmarks.json").read_text(encoding="utf-8"))
ELSEWHERE = {"tiny": ("99.5%", "6 min")}
"""Measured once, by hand."""


def figures(preset: str) -> tuple[str, str]:
    """Mean accuracy and median time, as the tables show them."""
    if preset in ELSEWHERE:
        return ELSEWHERE[preset]
    compared = [each for each in MEASURED["comparison"]["figures"] if each["contestant"] == preset]
    runs = [(each["epochs"][-1]["test_accuracy"], each["fit_seconds"]) for each in compared]
    for section in () if runs and preset != "articles" else [each for each in MEASURED if each.startswith("presets")]:
        trials = [each for each in MEASURED[section]["figures"] if each["trial"] == preset]
        runs = [(each["test_accuracy"], each["fit_seconds"]) for each in trials] or runs
    accuracies, times = zip(*runs, strict=True)
    seconds = median(times)
    return f"{100 * mean(accuracies):.2f}%", f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


@pytest.mark.parametrize("document", ["README.md", "docs/train.md"])
def test_presets(document: str) -> None:
    """Each preset of the page has its row."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(r"^\| `(\w+)` \|.*?([\d.]+%) \| ([^|]+?) \|$", text, re.MULTILINE)
    shown = {name: (accuracy, time) for name, accuracy, time in found}
    assert shown == {name: figures(name) for name in OFFERED}


def test_cards() -> None:
    """Each preset's card has the same accuracy."""
    assert {name: offer.accuracy for name, offer in OFFERED.items()} == {name: figures(name)[0] for name in OFFERED}
