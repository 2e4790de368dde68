"""`export` puts each format where the person says. tests/engine/test_exported_files.py makes the files themselves."""

from pathlib import Path
from typing import Any

import pytest

from mnist_core.cli.export import TRIED, export
from mnist_core.common.workspace import Workspace
from mnist_core.engine.export import files
from mnist_core.evaluation.reports import ExportedFile
from mnist_core.models.export_formats import ExportFormat
from mnist_core.models.registry import shipped


def make(_model: object, wanted: ExportFormat, target: Path, _samples: object) -> ExportedFile:
    """A file or a folder as the format has it, without its content."""
    if not wanted.suffix:
        (target / "variables").mkdir(parents=True)
    (target if wanted.suffix else target / "variables" / "1").write_bytes(b"content")
    figures: dict[str, Any] = {"difference": 0, "agreement": 1, "accuracy": 1, "model_accuracy": 1, "refused": 1}
    return ExportedFile(
        format=wanted.key, file=target.name, bytes=7, runtime="none", model_refused=1, milliseconds=1,
        images="synthetic", count=1, **figures,
    )  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("wanted", TRIED, ids=lambda each: each.key)
def test_every_format_gets_to_its_place(
    wanted: ExportFormat, zipped: bool, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """As a file, a folder or a zip, and with nothing beside it. The size is said to be that of what is in the zip."""
    monkeypatch.setattr(files, "make", make)
    folder = tmp_path / "exported"
    folder.mkdir()
    path = folder / f"mine{'.zip' if zipped else wanted.suffix}"
    export(str(path), shipped().id, wanted.name, wanted.int8, workspace=str(workspace.root))
    assert [*folder.iterdir()] == [path]
    assert path.is_dir() == (not wanted.suffix and not zipped)
    assert ("Size of the model's file in the zip: " in capsys.readouterr().out) == zipped
