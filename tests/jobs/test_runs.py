"""One training's folder."""

from typing import Any

import pytest

from mnist_core.common.errors import StudioError, UnreadableError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.evaluation.reports import FineTuneReport, TrainReport
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Run.create(workspace, "r", "train", TrainConfig(epochs=3))


def test_a_new_run_has_its_config_and_nothing_else(run: Run, workspace: Workspace) -> None:
    """No records, no progress, no report, and the command to run."""
    assert run.kind() == "train"
    assert run.config() == TrainConfig(epochs=3)
    assert run.records() == []
    assert run.progress() == Progress()
    assert run.report() is None
    assert run.command() == "run"
    assert Run.create(workspace, "f", "fine_tune", FineTuneConfig(steps=7)).config() == FineTuneConfig(steps=7)


def test_records_come_back_in_order(run: Run) -> None:
    """Each as it was appended."""
    assert not run.has_records
    records: list[dict[str, Any]] = [{"step": n, "loss": n / 3, "gradient_norms": {"a": 1e-9}} for n in range(5)]
    for record in records:
        run.append(record)
    assert run.records() == records
    assert run.has_records
    run.rewind(-1)
    assert not run.has_records


@pytest.mark.parametrize("torn", ['{"step": 3, "lo', "{", "\0\0\0\0", "\udc80"])
def test_a_torn_last_line_is_skipped(torn: str, run: Run) -> None:
    """What a crash left half-written is no record; the others count."""
    run.append({"step": 1})
    run.append({"step": 2})
    with (run.folder / "metrics.jsonl").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(torn)
    assert [record["step"] for record in run.records()] == [1, 2]
    run.rewind(2)
    run.append({"step": 3})
    assert [record["step"] for record in run.records()] == [1, 2, 3]


def test_rewinding_forgets_the_later_records(run: Run) -> None:
    """Those up to the step stay; -1 forgets all; it leaves no other file."""
    for step in (1, 2, 2, 3, 4):
        run.append({"step": step})
    run.rewind(2)
    assert [record["step"] for record in run.records()] == [1, 2, 2]
    run.rewind(-1)
    assert run.records() == []
    assert sorted(path.name for path in run.folder.iterdir()) == ["checkpoints", "config.json", "metrics.jsonl"]


def test_progress_report_and_command_are_kept(run: Run) -> None:
    """The trainer's words and the app's."""
    progress = Progress(phase="training", step=5, accuracies=[0.5], gpu={"use": 3.0}, warnings=[Text("slow")])
    run.write_progress(progress)
    report = TrainReport(
        model="m", model_id="id", test_accuracy=0.9, validation_accuracy=0.8, onnx_difference=0.0, best_epoch=1,
        epochs=2, fit_seconds=3.0, total_seconds=4.0, device="cpu", warnings=[], seed=0,
    )  # fmt: skip
    run.write_report(report)
    run.tell("pause")
    assert run.progress() == progress
    assert run.report() == run.report_as(TrainReport) == report
    with pytest.raises(UnreadableError, match="another kind"):
        run.report_as(FineTuneReport)
    assert run.command() == "pause"


def test_restarting_keeps_the_folder_and_drops_the_checkpoints(run: Run) -> None:
    """A smaller batch makes another plan: old checkpoints mean nothing to it."""
    (run.checkpoints / "000000001.npz").write_bytes(b"x")
    run.restart(TrainConfig(batch_size=5))
    assert run.config() == TrainConfig(batch_size=5)
    assert run.kind() == "train"
    assert not list(run.checkpoints.iterdir())


@pytest.mark.parametrize("content", [None, "", "{"])
def test_a_damaged_config_is_a_sentence(content: str | None, run: Run) -> None:
    """With the run and the file in it."""
    path = run.folder / "config.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(StudioError, match=r"Run r: config\.json|config\.json of run r"):
        run.config()
