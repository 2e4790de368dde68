"""Files for other programs: made, opened in their own runtimes, and compared with the model."""

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import keras
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import ExportConfig, TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.export import files, int8, tensorflow_files
from mnist_core.engine.export.onnx import keras_outputs
from mnist_core.engine.networks.averaging import with_views
from mnist_core.engine.networks.build import build
from mnist_core.engine.worker import work
from mnist_core.jobs import exported
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.bundle import SNIPPETS, bundle, snippets
from mnist_core.models.export_formats import FORMATS, file_name, formats_of, size_of
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

TRIED = [key for key, each in FORMATS.items() if each.runtime]
QUICK = {"html", "onnx-int8", "litert-int8"}


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to see a difference."""
    monkeypatch.setattr(files, "TRIED", 100)
    monkeypatch.setattr(int8, "CALIBRATED", 100)
    monkeypatch.setattr(files, "NON_DIGITS", 60)


@pytest.fixture
def samples(workspace: Workspace) -> files.Samples:
    """Synthetic digits: this machine has no MNIST here."""
    return files.Samples(workspace)


@pytest.mark.parametrize("key", [pytest.param(key, marks=[] if key in QUICK else pytest.mark.slow) for key in TRIED])
def test_every_format_predicts_like_the_model(key: str, samples: files.Samples, tmp_path: Path) -> None:
    """It is made, opened and compared; the program in its zip runs as it is."""
    wanted = FORMATS[key]
    made = files.make(shipped(), wanted, path := tmp_path / file_name(shipped(), wanted), samples)
    assert (made.format, made.file, made.images, made.count) == (key, path.name, "synthetic", files.TRIED)
    assert made.bytes == size_of(path) > 100_000
    assert made.agreement >= wanted.least_agreement(shipped())
    assert made.accuracy > 0.9
    assert made.refused is not None
    assert made.refused > 0.9
    assert 0 <= made.difference < (0.2 if wanted.int8 else 0.01)
    assert (made.milliseconds is None) == (made.runtime.startswith("onnxruntime") and wanted.name == "html")
    if wanted.int8:
        assert made.bytes < 0.65 * size_of(shipped().onnx)
    bundle(shipped(), wanted, path, tmp_path / "all.zip")
    with ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(tmp_path / "all")
    assert "CC BY 4.0" in (tmp_path / "all" / "NOTICE.md").read_text("utf-8")
    assert (tmp_path / "all" / "card.json").exists()
    if (tmp_path / "all" / "predict.py").exists():
        program = [sys.executable, "-P", "predict.py"]
        said = subprocess.run(program, cwd=tmp_path / "all", capture_output=True, text=True, check=True).stdout
        assert said.startswith("[1] [0.9"), said


def test_there_is_a_program_for_every_format_but_the_page() -> None:
    """Each format's has its name, and no program is left over."""
    programs = {each.name.split(".")[0] for each in SNIPPETS.iterdir()}
    assert programs == {each.name for each in FORMATS.values() if each.runtime} - {"html"}


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_program_in_javascript_is_valid(tmp_path: Path) -> None:
    """ONNX Runtime's package for JavaScript is not here, so it does not run."""
    (tmp_path / "predict.mjs").write_text(snippets(FORMATS["onnx"], "model.onnx")["predict.mjs"], encoding="utf-8")
    subprocess.run(["node", "--check", "predict.mjs"], cwd=tmp_path, check=True)


def test_a_file_that_predicts_other_digits_is_not_kept(samples: files.Samples, tmp_path: Path) -> None:
    """Nor is one that its runtime cannot open."""
    model = onnx.load(shipped().onnx)
    (bias,) = [each for each in model.graph.initializer if list(each.dims) == [10]]
    bias.CopyFrom(numpy_helper.from_array(np.linspace(0, 30, 10, dtype=np.float32), bias.name))
    onnx.save(model, wrong := tmp_path / "wrong.onnx")
    with pytest.raises(
        StudioError, match=r"wrong\.onnx agrees with the model for only .* of 100 digits \(required: 99\.9%\)"
    ):
        files.compare(shipped(), FORMATS["onnx"], wrong, samples)
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(StudioError, match=r"broken\.onnx could not be tried\. .*The file broken\.onnx cannot be run"):
        files.compare(shipped(), FORMATS["onnx"], tmp_path / "broken.onnx", samples)


def test_an_int8_file_that_takes_everything_for_a_digit_is_not_kept(samples: files.Samples, tmp_path: Path) -> None:
    """As one does whose scales were measured on digits alone."""
    int8.onnx_in_int8(shipped().onnx, path := tmp_path / "int8.onnx", synthetic.generate(100, seed=4)[0])
    with pytest.raises(StudioError, match=r"only .* of 60 non-digits \(required: 95\.0%\)"):
        files.compare(shipped(), FORMATS["onnx-int8"], path, samples)


def test_a_job_makes_all_files(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Models page asks for them; what fails is told, and the rest is there."""
    wanted = [FORMATS["onnx"], replace(FORMATS["litert"], write=FORMATS["onnx"].write)]
    monkeypatch.setattr(files, "formats_of", lambda model: wanted)
    jobs = Jobs(workspace)
    job = jobs.submit("export", ExportConfig(model="shipped"), by=Process.of(os.getpid()))
    assert work(job, workspace, threading.Event()).state == "completed"
    assert exported.jobs_of(jobs, workspace, "shipped") == [jobs.get(job.id)]
    run = Run.at(workspace, job.id)
    report = exported.report_of(run)
    assert report is not None
    assert [each.format for each in report.files] == ["onnx"]
    assert [each.format for each in report.failed] == ["litert"]
    assert [each.name for each in exported.folder_of(run).iterdir()] == [report.files[0].file]
    assert (exported.folder_of(run) / report.files[0].file).stat().st_size == report.files[0].bytes


def test_a_recurrent_layer_is_unrolled_wherever_it_is() -> None:
    """Also in the network that `with_views` puts into another one; the outputs stay the same."""
    network = with_views(build(TrainConfig(architecture="lstm")), 3)
    copy, images = tensorflow_files.unrolled(network), synthetic.generate(4, seed=1)[0]
    layers = [layer for layer in copy._flatten_layers() if isinstance(layer, keras.layers.RNN)]
    assert layers
    assert all(layer.unroll for layer in layers)
    np.testing.assert_allclose(keras_outputs(copy, images).logits, keras_outputs(network, images).logits, atol=1e-5)


def test_the_files_that_a_model_can_have() -> None:
    """One from an ONNX file has none that are made from Keras'."""
    card = shipped().card.model_copy(update={"predicts_only": True})
    found = {each.key for each in formats_of(replace(shipped(), card=card))}
    assert found == {"html", "html-int8", "onnx", "onnx-int8", "zip"}


def test_int8_has_a_scale_for_each_channel(tmp_path: Path) -> None:
    """And takes and gives what the model takes and gives."""
    images = synthetic.generate(60, seed=4)[0]
    int8.onnx_in_int8(shipped().onnx, path := tmp_path / "int8.onnx", images)
    graph = onnx.load(path).graph
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    scales = {each.input[1] for each in graph.node if each.op_type == "DequantizeLinear"}
    assert max(each.size for each in stored.values() if each.dtype == np.int8) == 128 * 128 * 9
    assert {32, 64, 128} <= {stored[name].size for name in scales}
    outputs, expected = Predictor(path).outputs(images), Predictor(shipped().onnx).outputs(images)
    assert outputs.scores is not None
    assert (outputs.logits.argmax(axis=1) == expected.logits.argmax(axis=1)).mean() > 0.95


def test_a_page_is_tried_without_node_as_well(
    samples: files.Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then ONNX Runtime computes what the page would."""
    monkeypatch.setenv("PATH", "")
    made = files.make(shipped(), FORMATS["html"], tmp_path / "page.html", samples)
    assert made.runtime.startswith("onnxruntime")
    assert made.milliseconds is None


def test_an_int8_file_has_short_names() -> None:
    """Its inputs and outputs keep theirs, and it predicts the same."""
    model = onnx.load(shipped().onnx)
    before, ends = model.ByteSize(), [each.name for each in (*model.graph.input, *model.graph.output)]
    images = synthetic.generate(8, seed=5)[0]
    expected = Predictor(shipped().onnx).outputs(images)
    int8.shorten_names(model)
    assert [each.name for each in (*model.graph.input, *model.graph.output)] == ends
    assert model.ByteSize() < before
    inside = {name for node in model.graph.node for name in (*node.input, *node.output)} - {*ends}
    assert max(map(len, inside)) < 4
    with scratch_folder() as folder:
        onnx.save(model, folder / "model.onnx")
        found = Predictor(folder / "model.onnx").outputs(images)
    np.testing.assert_array_equal(found.with_no_digit, expected.with_no_digit)
