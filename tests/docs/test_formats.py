"""The examples of docs/formats.md are read by the program, and its programs run."""

import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection import file_formats, stroke_lines
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.drawing import strokes
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs.run_config import RunConfig
from mnist_core.models.card import Card
from mnist_core.models.registry import shipped
from tests.conftest import ROOT
from tests.docs.markdown import DOCS, blocks

PAGE = DOCS / "formats.md"
TEXT = PAGE.read_text(encoding="utf-8")


def example(language: str, heading: str) -> str:
    """The one example below this heading."""
    (found,) = (block.code for block in blocks(PAGE, language) if block.heading == heading)
    return found


def test_drawings() -> None:
    read = file_formats.parse("drawings.jsonl", example("jsonl", "Strokes: `.jsonl`, `.jsonl.gz`").encode())
    assert [(each.label, each.writer) for each in read] == [(1, None), (4, "Ada"), (None, None)]
    assert all(each.image.any() for each in read)


def test_the_limits() -> None:
    """The numbers of the table are those of the code."""
    for number in (stroke_lines.MAX_DRAWINGS, stroke_lines.MAX_POINTS, strokes.MAX_POINTS):
        assert f"| {number:,} |" in TEXT
    for limit in (stroke_lines.MAX_BYTES, stroke_lines.MAX_LINE, file_formats.MAX_PICTURE):
        assert f"| {limit >> 20} MB" in TEXT
    app = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert f"upload in the app | {app['server']['maxUploadSize']} MB |" in TEXT


def test_settings_metrics_reports_and_cards() -> None:
    config = RunConfig.parse(example("json", "Settings"), "the example")
    assert TrainConfig.checked(**config.config).architecture == "fast"
    assert {"step", "loss", "accuracy"} < set(json.loads(example("json", "Metrics")))
    report = TrainReport.parse(example("json", "Reports"), "the example")
    card = Card.parse(example("json", "Cards"), "the example")
    assert json.loads(example("json", "Reports"))["format"] == TrainReport.FORMAT
    assert report.test_accuracy == card.figures.test_accuracy
    for each in (*TrainReport.model_fields, *Card.model_fields):
        assert each in TEXT


def test_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    monkeypatch.chdir(tmp_path)
    exec(example("python", "Data sets"))
    assert datasets.load("mine.npz", workspace).x_train.shape == (80, 28, 28)


def test_the_onnx_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(shipped().onnx, "model.onnx")
    names: dict[str, object] = {}
    exec(example("python", "The ONNX contract"), names)
    assert capsys.readouterr().out == "[1]\n"
    np.testing.assert_allclose(np.sum(names["probabilities"]), 1, atol=1e-6)
