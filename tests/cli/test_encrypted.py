"""Drawings and models that leave and come back encrypted."""

import sys
from pathlib import Path

import pytest
import typer

from mnist_core.cli import encrypted
from mnist_core.cli.decrypt import decrypt
from mnist_core.cli.drawings import export_drawings, import_drawings
from mnist_core.cli.models import export_model, import_model
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import encryption
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.models.registry import Registry, shipped

WORDS = "a long passphrase"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find it in their environment; a guess costs next to nothing."""
    monkeypatch.setenv(encrypted.VARIABLE, WORDS)
    monkeypatch.setitem(encryption.SCRYPT, "n", 2)


@pytest.fixture
def here(workspace: Workspace, tmp_path: Path) -> str:
    """A workspace with one drawing."""
    plain = tmp_path / "plain.jsonl"
    plain.write_text('{"digit": 1, "strokes": [[[10, 2], [10, 18]]]}\n', encoding="utf-8")
    import_drawings(plain, workspace=str(workspace.root))
    return str(workspace.root)


def test_drawings_travel_encrypted(here: str, tmp_path: Path) -> None:
    """The file shows nothing of them. Its content, not its name, tells the import what it is."""
    file = tmp_path / "mine.jsonl.encrypted"
    export_drawings(file, workspace=here)
    assert b"strokes" not in file.read_bytes()
    other = tmp_path / "other"
    import_drawings(file.rename(tmp_path / "whatever"), workspace=str(other))
    assert [each.label for each in DrawingStore(Workspace.open(other)).all()] == [1]


def test_a_model_travels_encrypted(here: str, tmp_path: Path) -> None:
    """As the file that its name is without the last ending."""
    file = tmp_path / "mine.keras.encrypted"
    export_model("shipped", file, workspace=here)
    assert encryption.is_encrypted(file.read_bytes())
    import_model(file, workspace=here)
    assert any(model.name == "mine" for model in Registry(Workspace.open(here)).all())


def test_any_export_can_be_decrypted(here: str, tmp_path: Path) -> None:
    """Under its own name beside it, or under another; nothing is overwritten."""
    file = tmp_path / "mine.onnx.encrypted"
    export_model("shipped", file, workspace=here)
    for target, written in ((None, tmp_path / "mine.onnx"), (tmp_path / "b.onnx", tmp_path / "b.onnx")):
        decrypt(file, target)
        assert written.read_bytes() == shipped().onnx.read_bytes()
    with pytest.raises(InputError, match=r"mine\.onnx exists"):
        decrypt(file)
    with pytest.raises(InputError, match="is not an encrypted file"):
        decrypt(tmp_path / "mine.onnx")


def test_a_person_is_asked(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice for a new file, and nothing that was typed is shown."""
    asked: list[dict[str, object]] = []

    def prompt(_text: str, **how: object) -> str:
        asked.append(how)
        return WORDS

    monkeypatch.delenv(encrypted.VARIABLE)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", prompt)
    file = tmp_path / "mine.jsonl.encrypted"
    export_drawings(file, workspace=here)
    import_drawings(file, workspace=here)
    assert [bool(how["confirmation_prompt"]) for how in asked] == [True, False]
    assert all(how["hide_input"] for how in asked)


def test_what_is_wrong_is_said(here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written then."""
    file = tmp_path / "mine.jsonl.encrypted"
    export_drawings(file, workspace=here)
    monkeypatch.setenv(encrypted.VARIABLE, "another passphrase")
    with pytest.raises(InputError, match=r"The passphrase is wrong, or the file is damaged\."):
        import_drawings(file, workspace=here)
    with pytest.raises(InputError, match="wrong ending"):
        export_drawings(tmp_path / "mine.txt.encrypted", workspace=here)
    monkeypatch.setenv(encrypted.VARIABLE, "short")
    with pytest.raises(InputError, match="at least 8 characters"):
        export_drawings(tmp_path / "mine.zip.encrypted", workspace=here)
    monkeypatch.delenv(encrypted.VARIABLE)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(InputError, match="Set MNIST_STUDIO_PASSPHRASE"):
        import_drawings(file, workspace=here)
    assert [*tmp_path.glob("mine*")] == [file]


def test_a_folder_cannot_be_encrypted(tmp_path: Path) -> None:
    """A zip of it can."""
    refused = pytest.raises(InputError, match=r"saved\.encrypted end with \.zip\.encrypted")
    with refused, encrypted.target(tmp_path / "saved.encrypted") as plain:
        plain.mkdir()
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("content", [b"", b"not encrypted"])
def test_a_name_does_not_make_a_file_encrypted(content: bytes, here: str, tmp_path: Path) -> None:
    """Its content does."""
    file = tmp_path / "mine.jsonl.encrypted"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"^mine\.jsonl\.encrypted is not an encrypted file\.$"):
        import_drawings(file, workspace=here)


def test_an_error_inside_names_both_files(here: str, tmp_path: Path) -> None:
    """The one that the person gave, and the one in it."""
    file = tmp_path / "given"
    file.write_bytes(encryption.encrypt(encryption.Plain("inside.xyz", b"?"), WORDS))
    with pytest.raises(InputError, match=r"^given holds inside\.xyz\. inside\.xyz has an unknown ending"):
        import_drawings(file, workspace=here)
