"""Benchmark tables are written by the command, from what was measured."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mnist_core.benchmarks import comparison, processes, report, results
from mnist_core.benchmarks import drawings as bench
from mnist_core.benchmarks.comparison import Epoch, Finish
from mnist_core.benchmarks.trials import ABLATION, Outcome, Trial, here, try_out
from mnist_core.cli.app import app
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.data.synthetic import write
from mnist_core.jobs import compute
from mnist_core.models.registry import shipped

LEAST_ON_PEN_STROKES = 0.97


def test_tables_count_by_digit_and_writer() -> None:
    """Each drawing is counted once by its digit and once by its writer, and unlabelled ones not at all."""
    written = [Drawing(d, write(d, np.random.default_rng(n)), writer=str(n)) for d in range(10) for n in (1, 2)]
    result = bench.predict_drawings([*written, Drawing(None, write(1, np.random.default_rng(9)))], shipped())
    assert result.accuracy.count == 20
    assert [result.of_digit(digit).count for digit in range(10)] == [2] * 10
    assert result.of_writer("1").count == result.of_writer("2").count == 10
    assert sum(result.of_digit(digit).right for digit in range(10)) == result.accuracy.right
    text = bench.as_markdown(result, "the command")
    assert "| 2 |" in text
    assert "Written by `the command`" in text


def test_the_shipped_model_reads_what_people_draw(pen_strokes: Path) -> None:
    """At least 97% of the pen strokes of 30 writers, none of which it was trained on."""
    result = bench.predict_drawings(file_formats.read(pen_strokes), shipped())
    assert result.accuracy.count == 7494
    assert result.accuracy.share >= LEAST_ON_PEN_STROKES


def test_the_shipped_model_predicts_mnist(real_mnist: Path) -> None:
    """At least 99.5% of the test set, as its card says; its two files weigh no more than 2 MB."""
    from mnist_core.data import npz
    from mnist_core.models.predictor import Predictor

    model = shipped()
    arrays = npz.read(real_mnist, ("x_test", "y_test"))
    right = Predictor(model.onnx, threads=0).logits(arrays["x_test"]).argmax(axis=1) == arrays["y_test"]
    assert right.mean() == pytest.approx(model.card.figures.test_accuracy, abs=2e-4)
    assert right.mean() >= 0.995
    assert model.onnx.stat().st_size <= 2e6


def finish(contestant: str, seed: int, *epochs: tuple[float, float]) -> Finish:
    known = [Epoch(seconds=seconds, test_accuracy=accuracy) for seconds, accuracy in epochs]
    fitting = known[-1].seconds
    return Finish(contestant=contestant, seed=seed, process_seconds=fitting + 3, fit_seconds=fitting, epochs=known)


COMPARISON = [
    finish("articles", 0, (6.0, 0.96), (12.0, 0.975)),
    finish("articles", 1, (5.0, 0.96), (10.0, 0.977)),
    finish("keras_convnet", 0, (20.0, 0.985), (40.0, 0.991)),
    finish("keras_convnet", 1, (20.0, 0.985), (42.0, 0.990)),
    finish("blink", 0, (1.0, 0.985)),
    finish("blink", 1, (1.25, 0.984)),
    finish("sprint", 0, (2.0, 0.989)),
    finish("sprint", 1, (2.0, 0.9912)),
    finish("quick", 0, (8.0, 0.994)),
    finish("quick", 1, (8.0, 0.993)),
]


def test_a_contestant_is_there_when_its_mean_is() -> None:
    """One lucky seed is not enough; of ours the preset that is there first counts."""
    time = comparison.time_to(0.99, "keras_convnet", COMPARISON)
    assert time is not None
    assert time.seconds == [40.0, 42.0]
    assert comparison.time_to(0.9839, "articles", COMPARISON) is None
    ours = comparison.our_time_to(0.99, COMPARISON)
    assert ours is not None
    assert (ours.contestant, ours.seconds) == ("sprint", [2.0, 2.0])
    assert comparison.our_time_to(0.999, COMPARISON) is None


def test_the_document_says_what_was_reached_and_what_not(tmp_path: Path) -> None:
    """Ratios are taken seed by seed; a baseline that did not run is named; other sections stay when one is replaced."""
    document = tmp_path / "benchmarks.md"
    costs = [{"preset": "quick", "bare": [100.0, 100.0], "fit": [99.0, 97.0], "flops": 10**6, "peak": 1e9}]
    results.store(document, {"step": results.measured("bench", costs)})
    raced = results.measured("bench --seeds 2", [each.model_dump() for each in COMPARISON])
    sections = {**results.stored(document), "comparison": raced}
    report.write(document, sections)
    text = document.read_text(encoding="utf-8")
    assert "| the articles' script, 2 epochs; ours to 98.39% | `blink` | 10.0 (8.0–12.0) | ≥ 10 | reached |" in text
    assert "| Keras' example and ours to 99.00% | `sprint` | 20.5 (20.0–21.0) | ≥ 15 | reached |" in text
    assert "PyTorch's example did not run" in text
    assert "0.98 (0.97–0.99)" in text
    assert "`bench --seeds 2`" in text
    assert document.with_suffix(".svg").read_text().startswith("<?xml")


def test_only_a_markdown_file_is_written(tmp_path: Path) -> None:
    """Another ending is refused before anything is measured away."""
    with pytest.raises(InputError, match=r"\.md"):
        results.stored(tmp_path / "benchmarks.txt")


@pytest.mark.slow
@pytest.mark.parametrize("name", comparison.BASELINES)
def test_a_peer_runs_and_reports_each_epoch(name: str, tiny_npz: Path) -> None:
    """Its own process, on the data it is given; judging an epoch is not counted as fitting."""
    if name not in comparison.baselines_at_hand():
        pytest.skip(f"what {name} needs is not installed here")
    report, seconds = processes.run_module([f"mnist_core.benchmarks.baselines.{name}", str(tiny_npz), "0", "2"])
    seconds -= report.pop("judging_seconds")
    told = Finish(contestant=name, seed=0, process_seconds=seconds, **report)
    assert len(told.epochs) == 2
    assert told.epochs[0].seconds < told.epochs[1].seconds <= told.fit_seconds < told.process_seconds
    assert told.epochs[1].test_accuracy > 0.2


def test_a_failed_process_says_why() -> None:
    """The last line of what it said on standard error."""
    with pytest.raises(StudioError, match="No module named"):
        processes.run_module(["mnist_core.nowhere"])


def test_a_module_of_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have a library's name."""
    (tmp_path / "own.py").write_text("print({})")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudioError, match="No module named own"):
        processes.run_module(["own"])


def test_a_process_is_measured_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although a variable names a cluster."""
    monkeypatch.setenv(compute.CLUSTER, "server")
    seen: list[dict[str, str]] = []

    def run(*_: Any, env: dict[str, str], **__: Any) -> SimpleNamespace:
        seen.append(env)
        return SimpleNamespace(returncode=0, stdout="{}", stderr="")

    monkeypatch.setattr(processes.subprocess, "run", run)
    processes.train(["--preset", "quick"], 0, Path("mnist.npz"))
    assert not seen[0][compute.CLUSTER]


def test_trials_are_trained_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them with one seed, then all with the next: what slows the machine down slows all of them down."""
    report = {"test_accuracy": 0.9, "validation_accuracy": 0.8, "fit_seconds": 1.0}
    monkeypatch.setattr(processes, "train", lambda *given: (report, 2.0))
    outcomes = try_out([Trial("one", ("--x",)), Trial("two", ())], [3, 4], here(Path("mnist.npz")), lambda _: None)
    assert [(each.trial, each.seed) for each in outcomes] == [("one", 3), ("two", 3), ("one", 4), ("two", 4)]


@pytest.mark.slow
def test_a_trial_is_a_training_with_its_flags(tiny_npz: Path) -> None:
    """In a process of its own; what it reached is told."""
    flags = ("--preset", "quick", "--epochs", "1", "--dataset", str(tiny_npz))
    lines: list[str] = []
    (outcome,) = try_out([Trial("short", flags)], [3], here(tiny_npz), lines.append)
    assert (outcome.trial, outcome.seed) == ("short", 3)
    assert outcome.flags == list(flags)
    assert lines[0] == "Seed 3: short …"
    assert f"{outcome.test_accuracy:.2%} after" in lines[1]


def test_what_was_measured_is_kept_when_a_later_trial_fails(
    real_mnist: Path, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each figure is stored as soon as it is there, beside the document, which keeps what it had."""

    def fails_after_one(*_: object) -> Iterator[Outcome]:
        yield Outcome(trial="quick", flags=[], seed=0, test_accuracy=0.99, validation_accuracy=0.98, fit_seconds=20.0)
        raise StudioError("out of luck")

    monkeypatch.setenv("MNIST_STUDIO_DATA", str(real_mnist.parent))
    monkeypatch.setattr("mnist_core.cli.bench.try_out", fails_after_one)
    document = tmp_path / "figures.md"
    whole = {"presets: quick": results.measured("an earlier command", [])}
    results.store(document, whole)
    with pytest.raises(StudioError, match="out of luck"):
        app(
            ["bench", "presets", "quick", "--write", str(document), "--workspace", str(workspace.root)],
            standalone_mode=False,
        )
    assert results.stored(document) == whole
    (section,) = results.stored(tmp_path / "figures.partial.md").values()
    assert [outcome["test_accuracy"] for outcome in section.figures] == [0.99]


@pytest.mark.parametrize("trial", ABLATION, ids=lambda trial: trial.name)
def test_every_ablation_is_a_training_that_exists(trial: Trial) -> None:
    """Its flags are fields, and but for the first one each changes the preset."""
    assert (trial.config(0) == TrainConfig(**PRESETS["quick"])) == (trial == ABLATION[0])
    assert trial.config(3).seed == 3


def test_the_loop_is_timed_beside_the_bare_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pair gives two speeds."""
    monkeypatch.setattr("mnist_core.benchmarks.overhead.SECONDS", 0.05)
    monkeypatch.setattr("mnist_core.benchmarks.overhead.IMAGES", 600)
    from mnist_core.benchmarks.overhead import measure

    (cost,) = measure(2, ("articles",))
    assert len(cost.bare) == len(cost.fit) == 2
    assert min(cost.bare + cost.fit) > 0
    assert cost.flops == 3 * 2 * (784 * 512 + 512 * 10)
    assert cost.peak > 0
