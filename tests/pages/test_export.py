"""The Models page's files for other programs: offered at once, or made and compared by a job."""

import io
import os
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.evaluation.reports import ExportedFile, ExportReport, NotExported
from mnist_core.jobs import exported
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.pages.app import button, open_page, texts

FIGURES: dict[str, Any] = {
    "bytes": 361_728, "runtime": "litert 1", "difference": 0.02, "agreement": 0.999, "accuracy": 0.991,
    "model_accuracy": 0.993, "refused": 0.98, "model_refused": 0.99, "milliseconds": 0.05,
    "images": "synthetic", "count": 1000,
}  # fmt: skip


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """File name → the content of its download, which is made when it is asked for."""
    found: dict[str, Callable[[], bytes]] = {}
    add = MediaFileManager.add_deferred

    def add_deferred(self: MediaFileManager, content: Callable[[], bytes], *given: Any, file_name: str, **named: Any):
        found[file_name] = content
        return add(self, content, *given, file_name=file_name, **named)

    monkeypatch.setattr(MediaFileManager, "add_deferred", add_deferred)
    return found


def test_files_are_made_by_a_job_and_offered_with_their_figures(
    app: AppTest, workspace: Workspace, offered: dict[str, Callable[[], bytes]]
) -> None:
    """The model's own at once; a folder comes as a zip, and a format that failed says why."""
    page = open_page(app, "models")
    assert set(offered) == {"mnist-studio.html", "mnist-studio.onnx", "mnist-studio.keras", "mnist-studio.zip"}
    assert offered["mnist-studio.html"]().startswith(b"<!doctype html>")
    button(page, "Make and check all files").click().run()
    assert "Queued…" in texts(page)
    jobs = Jobs(workspace)
    (job,) = exported.jobs_of(jobs, workspace, "shipped")
    assert jobs.claim_next(Process.of(os.getpid())) is not None
    run = Run.at(workspace, job.id)
    saved = exported.folder_of(run) / "mnist-studio-saved-model"
    saved.mkdir(parents=True)
    (saved / "saved_model.pb").write_bytes(b"pb")
    (exported.folder_of(run) / "mnist-studio-int8.tflite").write_bytes(b"lite")
    files = (
        ExportedFile(format="litert-int8", file="mnist-studio-int8.tflite", **FIGURES),
        ExportedFile(format="saved-model", file=saved.name, **FIGURES),
    )
    failed = (NotExported(format="onnx-int8", reason="It *fails*."),)
    run.write_report(ExportReport(total_seconds=1, exported="shipped", files=files, failed=failed))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed")
    page = open_page(app, "models")
    assert not page.exception
    assert offered["mnist-studio-int8.tflite"]() == b"lite"
    with zipfile.ZipFile(io.BytesIO(offered["mnist-studio-saved-model.zip"]())) as archive:
        assert archive.read("mnist-studio-saved-model/saved_model.pb") == b"pb"
        assert {"card.json", "NOTICE.md", "predict.py"} < set(archive.namelist())
    said = texts(page)
    assert "Measured on 1,000 synthetic digits. The model predicts 99.30% of them correctly." in said
    assert "It *fails*." in said
    assert list(page.dataframe[1].value["file"]) == [".tflite int8", "SavedModel"]
    page.toggle(key="export.zipped").set_value(True).run()
    with zipfile.ZipFile(io.BytesIO(offered["mnist-studio-onnx.zip"]())) as archive:
        assert set(archive.namelist()) >= {"mnist-studio.onnx", "predict.py", "predict.mjs", "predict.cpp"}
