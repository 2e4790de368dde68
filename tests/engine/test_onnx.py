"""The ONNX file of a trained network: compared with Keras, and never worth the network itself."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, OnnxConfig, TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.export import onnx, rewriting
from mnist_core.engine.fine_tuning import replay_buffer
from mnist_core.engine.networks.build import build
from mnist_core.engine.worker import work
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.export_formats import formats_of
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry, shipped
from tests.engine.trainings import go, start

IMAGES = synthetic.generate(64, seed=1)[0]


@pytest.fixture
def converter_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(network: keras.Model, target: Path) -> None:
        target.write_bytes(b"half a file")
        raise AttributeError("an operator that nobody knows")

    monkeypatch.setattr(onnx, "write_onnx", fail)


@pytest.fixture
def converter_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    write = onnx.write_onnx

    def wrong(network: keras.Model, target: Path) -> None:
        network.layers[-1].bias.assign_add(np.linspace(0, 3, 10))
        write(network, target)
        network.layers[-1].bias.assign_sub(np.linspace(0, 3, 10))

    monkeypatch.setattr(onnx, "write_onnx", wrong)


@pytest.fixture
def converter_writes_rubbish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "write_onnx", lambda network, target: target.write_bytes(b"rubbish"))


@pytest.mark.parametrize("scale", [1.0, 1e5])
def test_the_tolerance_grows_with_the_logits(scale: float, tmp_path: Path) -> None:
    """Large logits differ by more, although nothing is wrong."""
    network = build(TrainConfig(architecture="cnn"))
    network.layers[-1].kernel.assign(network.layers[-1].kernel * scale)
    exported = onnx.export(network, tmp_path, IMAGES)
    assert exported.warning is None
    assert exported.difference is not None
    largest = float(np.abs(exported.outputs(IMAGES).logits).max())
    assert exported.difference < 1e-4 * max(1.0, largest)
    assert (exported.difference > onnx.TOLERANCE) == (scale > 1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("converter_fails", "conversion to ONNX failed"),
        ("converter_is_wrong", "differ from the model's"),
        ("converter_writes_rubbish", "ONNX Runtime cannot run"),
    ],
)
def test_a_training_whose_export_fails_is_kept(
    fault: str, said: str, config: TrainConfig, workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    """It is measured with Keras, says so, says what to do, and its ONNX file can be made later."""
    request.getfixturevalue(fault)
    run = start(config, workspace)
    done = go(config, workspace, run)
    assert sorted(path.name for path in done.model.folder.iterdir()) == ["card.json", "model.keras"]
    (warning,) = done.report.warnings
    assert said in warning
    assert "models make-onnx" in warning
    assert warning in run.progress().warnings
    assert done.report.onnx_difference is None
    assert 0 < done.report.test_accuracy <= 1
    assert ".onnx" not in [each.suffix for each in formats_of(done.model)]
    with pytest.raises(InputError, match=f"no ONNX file.*models make-onnx {done.model.id}"):
        Predictor.of(done.model)


def test_the_file_is_made_later(config: TrainConfig, workspace: Workspace, converter_is_wrong: None) -> None:
    """If it still differs, only on demand; with a converter that is right, just so."""
    model = go(config, workspace, start(config, workspace)).model
    with pytest.raises(StudioError, match=r"differ from the model's by up to 3 \(limit: 0.*--anyway"):
        onnx.write_checked(model.keras, model.onnx, IMAGES)
    assert not model.onnx.exists()
    assert onnx.write_checked(model.keras, model.onnx, IMAGES, anyway=True) == pytest.approx(3, abs=0.01)
    assert Predictor.of(model).logits(IMAGES).shape == (64, 10)
    assert model.without_onnx == ""


def test_the_file_is_made_by_a_job(config: TrainConfig, workspace: Workspace) -> None:
    """As the Models page asks for it."""
    model = go(config, workspace, start(config, workspace)).model
    model.onnx.unlink()
    jobs, here = Jobs(workspace), Process.of(os.getpid())
    job = jobs.submit("make_onnx", OnnxConfig(model=model.id), by=here)
    assert work(job, workspace, threading.Event()).state == "completed"
    assert model.without_onnx == ""


def test_a_file_that_cannot_be_made_is_told(
    config: TrainConfig, workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    """The message names what is at fault: the kind of model, its file, or the converter."""
    model = go(config, workspace, start(config, workspace)).model
    odd = replace(model, card=model.card.model_copy(update={"usable": False}))
    with pytest.raises(InputError, match="is not a digit model"):
        onnx.make_file(odd, workspace)
    request.getfixturevalue("converter_writes_rubbish")
    with pytest.raises(StudioError, match="ONNX Runtime cannot run the converted model"):
        onnx.make_file(model, workspace)
    content = bytearray(model.keras.read_bytes())
    content[len(content) // 2] ^= 255
    model.keras.write_bytes(content)
    with pytest.raises(UnreadableError, match=rf"{model.id}. is damaged. model\.keras is damaged"):
        onnx.make_file(model, workspace)
    model.keras.unlink()
    with pytest.raises(UnreadableError, match=r"model\.keras is missing"):
        onnx.make_file(model, workspace)


def test_a_fine_tuning_whose_export_fails_can_be_kept(
    workspace: Workspace, converter_fails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its report warns; the model that is kept cannot be active, or be tuned, before it has the file."""
    monkeypatch.setattr(replay_buffer, "SYNTHETIC", 400)
    monkeypatch.setattr(rewriting, "rewrite", lambda *_: False)
    random = np.random.default_rng(0)
    drawings = [Drawing(n % 10, synthetic.write(n % 10, random), id=n + 1) for n in range(12)]
    quick: dict[str, Any] = {"steps": 5, "batch_size": 8, "allowed_drop": 100}
    jobs, here = Jobs(workspace), Process.of(os.getpid())
    job = jobs.submit("fine_tune", FineTuneConfig(**quick), drawings=drawings, by=here)
    work(job, workspace, threading.Event())
    run = Run.at(workspace, job.id)
    report = run.report()
    assert report.accepted, report.reason
    assert "no ONNX file" in report.warnings[0]
    model = candidates.keep(workspace, run)
    assert model.without_onnx
    assert Registry(workspace).active() == shipped(), "it cannot predict"
    job = jobs.submit("fine_tune", FineTuneConfig(**quick, model=model.id), drawings=drawings, by=here)
    with pytest.raises(StudioError, match="no ONNX file"):
        work(job, workspace, threading.Event())
