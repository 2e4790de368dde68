"""Every format of the table, for a digit model and for another."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from mnist_core.common.errors import InputError
from mnist_core.data import synthetic
from mnist_core.models.bundle import bundle
from mnist_core.models.card import Card
from mnist_core.models.export_formats import FORMATS, copied, export_model, file_name, formats_of
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


@pytest.mark.parametrize("key", FORMATS)
def test_every_format_is_complete(key: str) -> None:
    """Either the app writes it or the engine has a function; there are words for it, and a name for its file."""
    wanted = FORMATS[key]
    assert wanted.key == key
    assert wanted.description
    assert (wanted.write is None) == bool(wanted.maker)
    odd = replace(shipped(), name="../Für <Lena>: 5\n")
    assert file_name(odd, wanted).startswith("für-lena-5")
    assert file_name(replace(shipped(), name="…"), wanted).startswith("model")


@pytest.mark.parametrize("suffix", copied(FORMATS.values()))
def test_every_format_of_the_app_is_written_whole(suffix: str, tmp_path: Path) -> None:
    """The file is there under its name, and nothing else is."""
    export_model(shipped(), path := tmp_path / f"model{suffix}")
    assert [*tmp_path.iterdir()] == [path]
    assert path.stat().st_size > 1000


def test_the_exported_files_are_the_model(tmp_path: Path) -> None:
    """ONNX predicts alike, the zip holds both files and a card that can be read."""
    images, _ = synthetic.generate(20, seed=1)
    export_model(shipped(), tmp_path / "model.onnx")
    expected = Predictor(shipped().onnx).logits(images)
    assert (Predictor(tmp_path / "model.onnx").logits(images) == expected).all()
    export_model(shipped(), tmp_path / "model.zip")
    with ZipFile(tmp_path / "model.zip") as archive:
        assert archive.read("model.keras") == shipped().keras.read_bytes()
        assert archive.read("model.onnx") == shipped().onnx.read_bytes()
        assert Card.parse(archive.read("card.json"), "card.json").name == shipped().name
        assert b"CC BY 4.0" in archive.read("NOTICE.md"), "whoever gets the model knows whose data it learned"


def test_files_of_any_date_are_zipped(tmp_path: Path) -> None:
    """Reproducible packages date their files 1970, which a zip cannot."""
    folder = tmp_path / "model"
    shutil.copytree(shipped().folder, folder)
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    old = replace(shipped(), folder=folder)
    export_model(old, tmp_path / "model.zip")
    bundle(old, FORMATS["onnx"], old.onnx, tmp_path / "bundle.zip")
    for path in (tmp_path / "model.zip", tmp_path / "bundle.zip"):
        with ZipFile(path) as archive:
            assert archive.read("model.onnx") == shipped().onnx.read_bytes()


def test_a_model_that_cannot_predict_has_no_onnx(tmp_path: Path) -> None:
    """It can be kept and exported all the same, and the message names what is allowed."""
    (tmp_path / "model.keras").touch()
    odd = replace(shipped(), folder=tmp_path)
    assert formats_of(odd) == [each for each in FORMATS.values() if not each.needs_onnx]
    assert ".onnx" not in [each.suffix for each in formats_of(odd)]
    with pytest.raises(InputError, match=r"can be exported to \.keras "):
        export_model(odd, tmp_path / "model.onnx")
    with pytest.raises(InputError, match=r"can be exported to"):
        export_model(shipped(), tmp_path / "model.pb")
