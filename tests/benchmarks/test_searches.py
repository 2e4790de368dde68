"""Searches with two methods in the same time, and their tables and chart."""

import threading
from pathlib import Path
from typing import Any

import pytest

from mnist_core.benchmarks import processes, report, results, searches
from mnist_core.benchmarks.searches import METHODS, SPACE, Ended, Search
from mnist_core.benchmarks.searches_report import _difference, best_so_far
from mnist_core.config.flags import flag
from mnist_core.config.search_space import parse

TRIALS = [
    {"number": 1, "state": "completed", "accuracy": 0.9, "ended_s": 15.0, "settings": {"optimizer": "sgd"}},
    {"number": 2, "state": "pruned", "accuracy": 0.97, "ended_s": 20.0, "settings": {"optimizer": "adam"}},
    {"number": 3, "state": "completed", "accuracy": 0.95, "ended_s": 45.0, "settings": {"batch_size": 64}},
]


def test_what_varies_exists() -> None:
    """Each line of the space is one that a search takes."""
    assert len(parse("\n".join(SPACE[1::2]))) == len(SPACE) // 2


def test_both_searches_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best settings are then trained with another seed, and tested."""
    both, trained = threading.Barrier(len(METHODS), timeout=30), []

    def search(words: list[str], _environment: dict[str, str]) -> tuple[dict[str, Any], float]:
        assert words[:4] == ["mnist_core", "search", "--preset", "articles"]
        both.wait()
        return {"trials": TRIALS, "best": [3]}, 60.0

    def train(flags: tuple[str, ...], seed: int, _mnist: Path) -> tuple[dict[str, Any], float]:
        trained.append((flags[-2:], seed))
        return {"test_accuracy": 0.94}, 1.0

    monkeypatch.setattr(processes, "run_module", search)
    monkeypatch.setattr(processes, "train", train)
    found = list(searches.measure(1, [7], 0, Path("mnist.npz"), lambda _: None))
    assert [each.method for each in found] == [*METHODS]
    assert trained == [((flag("batch_size"), "64"), 1007)] * len(METHODS)
    assert [best_so_far(found[0], minutes) for minutes in (0.25, 0.5, 0.75)] == [0.9, 0.9, 0.95]


def test_the_report_has_the_difference_and_its_interval(tmp_path: Path) -> None:
    """The chart begins where each repeat has a result."""
    figures = [
        Search(
            method=method, seed=seed, minutes=2, settings={}, test_accuracy=0.95 + lead,
            trials=[Ended(at_s=10 + seed, accuracy=0.9), Ended(at_s=50, accuracy=0.96 + lead + seed / 1000)],
        ).model_dump()
        for seed in range(3)
        for method, lead in zip(METHODS, (0.01, 0.0), strict=True)
    ]  # fmt: skip
    section = results.measured("mnist-studio bench search", figures)
    report.write(tmp_path / "figures.md", {"search": section})
    text = (tmp_path / "figures.md").read_text(encoding="utf-8")
    ahead = "TPE, pruner is ahead in 3 of 3 repeats, by +1.00 points on average (95% interval: +1.00 to +1.00)."
    assert f"- Validation: {ahead}" in text
    assert f"- Test: {ahead}" in text
    assert "| **mean** | random | 2 | 2 | 90.00% | 96.10% | 96.10% | 96.10% | 95.00% |" in text
    assert "<svg" in (tmp_path / "figures-search.svg").read_text(encoding="utf-8")


def test_equal_searches_are_called_equal() -> None:
    """Instead of a difference of nothing."""
    assert _difference([0.0, 0.0]) == "Both are equal in all repeats."
