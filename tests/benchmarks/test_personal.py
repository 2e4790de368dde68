"""What fine-tuning is worth to people: how it is measured, and the tables that tell it."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.benchmarks import personal
from mnist_core.benchmarks.personal import TAUGHT, TESTED, Tuned, by_writer, in_a_row, tune_each
from mnist_core.benchmarks.personal_report import rounds, tunings
from mnist_core.benchmarks.personal_trials import Trial, first, mistakes, slanted, wrong_labels
from mnist_core.benchmarks.results import measured
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, synthetic
from mnist_core.data.datasets import Dataset
from mnist_core.engine.fine_tuning import replay_buffer
from mnist_core.models.model import Model
from mnist_core.models.registry import shipped
from tests.data.mnist_files import fingerprints

FAST: dict[str, Any] = {"steps": 4, "batch_size": 8, "allowed_drop": 100.0}


def written(count: int, seed: int) -> list[Drawing]:
    random = np.random.default_rng(seed)
    return [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(count)]


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Digits in MNIST's place, which are taken for it."""
    x, y = synthetic.generate(600, seed=5)
    arrays = {"x_train": x, "y_train": y, "x_test": x[:60], "y_test": y[:60]}
    monkeypatch.setattr(datasets, "MNIST_MD5", fingerprints(arrays))
    return Dataset("mnist", **arrays)


@pytest.fixture
def small_replay_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred old digits, so that a test takes seconds; MNIST is hidden from all tests."""
    monkeypatch.setattr(replay_buffer, "SYNTHETIC", 200)


def test_writers_keep_the_order_of_their_drawings(tmp_path: Path) -> None:
    """Those with too few to learn from and to test on are left out; with nobody left it says what is needed."""
    path = tmp_path / "strokes.jsonl"
    few, enough = written(20, 1), written(TAUGHT + TESTED, 2)
    lines = [file_formats.to_jsonl([each]).decode().replace("{", f'{{"writer": "{name}", ', 1)
             for name, drawings in (("few", few), ("enough", enough)) for each in drawings]  # fmt: skip
    path.write_text("".join(lines))
    writers = by_writer(path)
    assert list(writers) == ["enough"]
    assert [each.sha256 for each in writers["enough"]] == [each.sha256 for each in enough]
    path.write_text("".join(lines[:20]))
    with pytest.raises(InputError, match='no "writer" has at least 200 labelled drawings'):
        by_writer(path)


def test_one_label_in_ten_is_wrong() -> None:
    """Five of fifty are wrong, never by nothing, and the same ones each time."""
    drawings = written(TESTED + 60, 1)
    taken = wrong_labels(drawings, shipped())
    wrong = [n for n, (now, true) in enumerate(zip(taken, drawings, strict=False)) if now.label != true.label]
    assert (len(taken), len(wrong)) == (50, 5)
    assert [each.label for each in wrong_labels(drawings, shipped())] == [each.label for each in taken]


def test_a_slanted_hand_writes_all_its_digits_alike() -> None:
    """Another image of the same digit, the same each time, and another one for another writer."""
    drawings = [replace(each, writer="a") for each in written(3, 1)]
    hard = slanted(drawings)
    assert [each.label for each in hard] == [each.label for each in drawings]
    assert all((new.image != old.image).any() for new, old in zip(hard, drawings, strict=True))
    assert [each.sha256 for each in slanted(drawings)] == [each.sha256 for each in hard]
    assert slanted([replace(drawings[0], writer="b")])[0].sha256 != hard[0].sha256


def test_mistakes_are_those_of_the_base() -> None:
    """A nine that says it is a four is one; the first ten count."""
    drawings = written(30, 1)
    odd = [Drawing(4, each.strokes) for each in drawings if each.label == 9]
    assert mistakes([*drawings, *odd * 5], shipped())[-5:] == (odd * 5)[:10][-5:]
    assert len(mistakes([*drawings, *odd * 5], shipped())) == 10


def test_the_test_is_never_taught(small_replay_buffer: None, mnist: Dataset) -> None:
    """However few drawings a writer has, what is taken are none of the last hundred."""
    taken: list[int] = []

    def take(drawings: list[Drawing], _: Any) -> list[Drawing]:
        taken.append(len(drawings))
        return []

    assert list(tune_each([Trial("t", take)], {"a": written(TESTED + 12, 1)}, shipped(), mnist, print)) == []
    assert taken == [12]


@pytest.mark.slow
def test_a_writer_is_tuned_and_tested_on_the_last_drawings(small_replay_buffer: None, mnist: Dataset) -> None:
    """Every trial gives a line for every writer who has something to learn from; the naive way, too."""
    writers = {"a": written(TESTED + 12, 1)}
    trials = (
        Trial("some", first(8), FAST),
        Trial("without MNIST", first(8), FAST, mnist_at_hand=False),
        Trial("naive", first(8), naive=True),
        Trial("nothing", first(1)),
    )
    tuned = list(tune_each(trials, writers, shipped(), mnist, lambda _: None))
    assert [each.trial for each in tuned] == ["some", "without MNIST", "naive"]
    assert {(each.writer, each.drawings, each.tested) for each in tuned} == {("a", 8, TESTED)}
    assert all(each.seconds > 0 for each in tuned)
    assert "MNIST_STUDIO_DATA" not in os.environ


@pytest.mark.slow
def test_a_layer_that_is_not_there_leaves_one_line_out(small_replay_buffer: None, mnist: Dataset) -> None:
    """The others are measured."""
    told: list[str] = []
    trials = (Trial("odd", first(8), {"frozen": "conv9"}), Trial("some", first(8), FAST))
    tuned = list(tune_each(trials, {"a": written(TESTED + 12, 1)}, shipped(), mnist, told.append))
    assert [each.trial for each in tuned] == ["some"]
    assert any("network has no layer 'conv9'" in line for line in told)


@pytest.mark.slow
def test_rounds_build_upon_each_other(
    small_replay_buffer: None, mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round learns the next writer's drawings and those of the rounds before; the first writer's are the test."""
    learned, models = [], []
    original = personal.tune

    def spy(workspace: Workspace, base: Model, taken: list[Drawing], changes: dict[str, Any]) -> Any:
        assert changes == {}
        report, model = original(workspace, base, taken, FAST)
        learned.append(report.drawings)
        models.append((base, model))
        return report, model

    monkeypatch.setattr(personal, "tune", spy)
    monkeypatch.setattr(personal, "ROUNDS", 2)
    monkeypatch.setattr(personal, "IN_A_ROUND", 6)
    writers = {name: written(TESTED + 12, seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))}
    tuned = list(in_a_row(writers, shipped(), mnist, lambda _: None))
    assert [(each.trial, each.writer, each.drawings) for each in tuned] == [("round 1", "a", 6), ("round 2", "b", 6)]
    assert tuned[0].accepted
    assert learned == [6, 12]
    assert models[1][0] == models[0][1] != models[0][0]


def test_the_table_counts_errors_over_all_writers() -> None:
    """Errors are added up, the drop on MNIST is a mean, and who was made worse is counted."""
    one = Tuned(
        trial="50 drawings", writer="a", drawings=50, accepted=True, alpha=1.0, label_issues=0, tested=100,
        right_before=90, right_after=99, mnist_before=0.995, mnist_after=0.994, seconds=8.0,
    )  # fmt: skip
    worse = one.model_copy(update={"writer": "b", "right_after": 88, "accepted": False, "mnist_after": 0.995})
    (line,) = [line for line in tunings(measured("c", [one.model_dump(), worse.model_dump()])) if "50 draw" in line]
    assert line == (
        "| 50 drawings | 2 | 1 | 20 → 13 of 200 | 1.5 × | 93.50% (target 99.5%) | 1 | +0.050 (+0.10) | 8.0 (8.0) |"
    )
    assert rounds(measured("c", [one.model_dump()]))[-1] == "| 50 drawings | a | yes | 1 | 99 of 100 | +0.10 | 8.0 |"
