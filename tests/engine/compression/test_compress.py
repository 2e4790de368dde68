"""Whole compressions, of a small network on few images."""

import os
import threading
from dataclasses import dataclass

import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, FineTuneConfig, OnnxConfig, TrainConfig
from mnist_core.data import datasets, synthetic
from mnist_core.engine.backends import saved
from mnist_core.engine.compression import compress as compressing
from mnist_core.engine.compression.compress import compress
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard, Interrupted, Stop
from mnist_core.engine.worker import work
from mnist_core.evaluation.compression_plan import planned
from mnist_core.evaluation.reports import CompressReport
from mnist_core.jobs import candidates, points
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.export_formats import FORMATS, formats_of
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry
from tests.engine.trainings import Free

KEYS = ["int8", "rank50", "rank50-int8", "rank50-sparse80", "rank50-sparse80-int8"]


@dataclass(frozen=True)
class Compressed:
    """A compression that ended well."""

    workspace: Workspace
    base: Model
    run: Run
    report: CompressReport
    told: list[Progress]

    @property
    def config(self) -> CompressConfig:
        config = self.run.config()
        assert isinstance(config, CompressConfig)
        return config


def _drawn(number: int) -> Drawing:
    return Drawing(number, [[(10.0 * number, 0.0), (50.0, 100.0)]])


def _config(base: Model, **changes: object) -> CompressConfig:
    assert isinstance(base.card.config, TrainConfig)
    settings = {"model": base.id, "dataset": base.card.config.dataset, "epochs": 1, "batch_size": 36, **changes}
    return CompressConfig.checked(**settings)


@pytest.fixture(scope="module")
def done(base: tuple[Workspace, Model], tmp_path_factory: pytest.TempPathFactory) -> Compressed:
    """Low rank, then pruning, each in int8 as well; measured on drawings of two kinds."""
    workspace, model = base
    DrawingStore(workspace).add([_drawn(number) for number in range(3)])
    path = tmp_path_factory.mktemp("drawings") / "pens.jsonl"
    path.write_bytes(to_jsonl([_drawn(number) for number in range(5)]))
    config = _config(model, low_rank=0.5, sparsity="80", drawings=str(path))
    job = Jobs(workspace).submit("compress", config, by=Process.of(os.getpid()))
    told: list[Progress] = []
    assert work(job, workspace, threading.Event(), told.append).state == "completed"
    run = Run.at(workspace, job.id)
    report = run.report_as(CompressReport)
    assert report is not None
    return Compressed(workspace, model, run, report, told)


def test_every_step_leaves_a_point(done: Compressed) -> None:
    """The base comes first; each other point has fewer weights or bytes, its figures, and can be kept."""
    first, *others = done.report.points
    assert (first.is_base, [each.key for each in others], points.keys(done.run)) == (True, KEYS, sorted(KEYS))
    asked = done.run.config()
    assert isinstance(asked, CompressConfig)
    assert [each.steps for each in others] == planned(asked)
    by_key = {each.key: each for each in done.report.points}
    assert first.parameters == done.base.card.parameters
    assert by_key["rank50"].parameters < 0.6 * first.parameters
    assert by_key["rank50-sparse80"].nonzero < 0.25 * by_key["rank50"].nonzero
    for key in ("int8", "rank50-int8", "rank50-sparse80-int8"):
        assert by_key[key].bytes < 0.6 * by_key[key.removesuffix("int8").rstrip("-") or "base"].bytes
    assert by_key["rank50-sparse80"].zipped < 0.6 * by_key["rank50"].zipped
    for each in done.report.points:
        assert (each.validation.count, each.test and each.test.count) == (30, 60)
        assert (each.own_drawings and each.own_drawings.count, each.drawings and each.drawings.count) == (3, 5)
        assert each.milliseconds > 0
        assert each.refused is not None


def test_the_curve_and_the_progress_count_on(done: Compressed) -> None:
    """Both trainings are one to a person: steps and epochs rise from the first to the last."""
    records = done.run.records()
    steps = [record["step"] for record in records]
    assert steps == sorted(steps)
    assert [record["epoch"] for record in records if "val_loss" in record] == [1.0, 2.0]
    phases = [each.phase for each in done.told]
    assert list(dict.fromkeys(phases)) == ["loading", "quantizing", "low_rank", "pruning", "measuring"]
    last = [each for each in done.told if each.phase == "pruning"][-1]
    assert (last.step, last.total_steps, last.epoch, last.epochs) == (steps[-1], steps[-1], 2, 2)
    assert not [*done.run.checkpoints.iterdir()]


def test_a_kept_point_is_a_model_like_others(done: Compressed) -> None:
    """It predicts in int8 and can be trained on in float32; its card says from what it was made, and how."""
    model = points.keep(done.workspace, done.run, KEYS[-1])
    card, predictor = model.card, Predictor.of(model)
    assert (card.kind, card.base, card.run, card.is_int8) == ("compressed", done.base.id, done.run.id, True)
    assert (card.digit_score, card.digit_threshold is not None, card.config) == (
        True,
        True,
        done.config.model_copy(update={"drawings": "pens.jsonl"}),
    )
    assert card.command.endswith("--keep rank50-sparse80-int8")
    assert card.compression is not None
    assert card.compression.base == done.report.points[0]
    assert card.compression.point == done.report.points[-1]
    images = synthetic.generate(100, seed=9)[0]
    whole = saved.network_of(model)(images)[0].numpy().argmax(axis=1)
    assert (predictor.logits(images).argmax(axis=1) == whole).mean() > 0.9
    test = datasets.load(done.config.dataset, done.workspace)
    right = predictor.accuracy(test.x_test, test.y_test)
    assert card.test == right
    trained = {each.compression.point.key: each.training_data for each in points.cards(done.run) if each.compression}
    (int8, after) = (trained[key] for key in ("int8", "rank50-int8"))
    assert int8 is not None
    assert after is not None
    assert (int8.trained_on, int8.synthetic, after.trained_on > 0, after.synthetic) == (0, 0, True, 60)
    assert FORMATS["onnx-int8"] not in formats_of(model)
    assert FORMATS["html"] in formats_of(model)


def test_its_onnx_file_is_made_again_in_int8(done: Compressed) -> None:
    """As `models make-onnx` and the Models page do it."""
    model = points.keep(done.workspace, done.run, "rank50-int8")
    size = model.onnx.stat().st_size
    before = Predictor.of(model).logits(images := synthetic.generate(50, seed=3)[0])
    model.onnx.unlink()
    job = Jobs(done.workspace).submit("make_onnx", OnnxConfig(model=model.id), by=Process.of(os.getpid()))
    assert work(job, done.workspace, threading.Event()).state == "completed"
    assert model.onnx.stat().st_size == pytest.approx(size, rel=0.02)
    assert (Predictor.of(model).logits(images).argmax(axis=1) == before.argmax(axis=1)).mean() > 0.9


def _context(base: tuple[Workspace, Model], control: object, name: str) -> RunContext[CompressConfig]:
    workspace, model = base
    config = _config(model, sparsity="50, 80", epochs=2, int8=False)
    run = Run.create(workspace, name, "compress", config)
    return RunContext(config, workspace, run, control)  # type: ignore[arg-type]


@pytest.mark.usefixtures("one_step_a_call")
def test_a_stop_keeps_what_is_finished(base: tuple[Workspace, Model]) -> None:
    """In the second training: the first level is measured and can be kept; the second is not there."""
    context = _context(base, Free(at=30), "stopped")
    report = compress(context)
    assert report.stopped
    assert [each.key for each in report.points] == ["base", "sparse50"]
    assert points.keys(context.run) == ["sparse50"]


@pytest.mark.usefixtures("one_step_a_call")
@pytest.mark.parametrize("wish", [pytest.param(Discard, marks=pytest.mark.slow), Interrupted])
def test_the_end_of_a_run_leaves_no_point(base: tuple[Workspace, Model], wish: type[Exception]) -> None:
    """One that was cut off starts again, and finds nothing in its way."""
    context = _context(base, Free(at=30, wish=wish), wish.__name__)
    with pytest.raises(wish):
        compress(context)
    assert not context.run.points.exists()
    report = compress(RunContext(context.config, context.workspace, context.run, Free()))
    assert [each.key for each in report.points] == ["base", "sparse50", "sparse80"]
    assert np.all(np.diff([record["step"] for record in context.run.records()]) >= 0)


def test_a_stop_before_anything_is_finished(base: tuple[Workspace, Model]) -> None:
    """There is nothing to keep."""
    with pytest.raises(Stop):
        compress(_context(base, Free(at=0), "early"))


def test_what_cannot_be_compressed_is_said(done: Compressed, workspace: Workspace) -> None:
    """A model in int8, one that only predicts, one that cannot predict."""
    model = points.keep(done.workspace, done.run, "int8")
    with pytest.raises(InputError, match="is in int8 already"):
        compressing.check_model(model, trains=False)
    copy = Registry(done.workspace).add(
        done.base.card.model_copy(update={"run": None, "predicts_only": True}),
        lambda folder: (folder / "model.onnx").write_bytes(done.base.onnx.read_bytes()) and None,
    )
    compressing.check_model(copy, trains=False)
    with pytest.raises(InputError, match="Only its int8 form can be made"):
        compressing.check_model(copy, trains=True)
    copy.onnx.unlink()
    with pytest.raises(InputError, match="has no ONNX file"):
        compressing.check_model(copy, trains=False)


@pytest.mark.slow
def test_a_distilled_student_is_compressed_further(base: tuple[Workspace, Model]) -> None:
    """It is a network of another architecture with the outputs of the base."""
    workspace, model = base
    config = _config(model, distill_into="tiny", distill_epochs=12, sparsity="50", learning_rate=0.003)
    job = Jobs(workspace).submit("compress", config, by=Process.of(os.getpid()))
    assert work(job, workspace, threading.Event()).state == "completed"
    run = Run.at(workspace, job.id)
    report = run.report_as(CompressReport)
    assert report is not None
    assert [each.key for each in report.points if "int8" not in each.key] == ["base", "tiny", "tiny-sparse50"]
    student = next(each for each in report.points if each.key == "tiny")
    assert student.parameters < 10_000
    assert student.validation.share > 0.3
    kept = points.keep(workspace, run, "tiny")
    assert (kept.card.architecture, kept.card.digit_score) == ("tiny", True)


@pytest.mark.slow
def test_an_int8_model_is_fine_tuned_in_float32(done: Compressed) -> None:
    """Its Keras file is the initial weights, and the result is an ordinary model."""
    model = points.keep(done.workspace, done.run, "rank50-int8")
    drawings = [_drawn(number) for number in range(10)]
    config = FineTuneConfig(model=model.id, steps=10, allowed_drop=100)
    jobs = Jobs(done.workspace)
    job = jobs.submit("fine_tune", config, drawings=drawings, by=Process.of(os.getpid()))
    assert work(job, done.workspace, threading.Event()).state == "completed"
    tuned = candidates.keep(done.workspace, Run.at(done.workspace, job.id))
    assert (tuned.card.kind, tuned.card.base, tuned.card.is_int8) == ("fine-tuned", model.id, False)
    assert tuned.card.parameters == model.card.parameters
    assert tuned.onnx.stat().st_size > 1.5 * model.onnx.stat().st_size
