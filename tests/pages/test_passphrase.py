"""Encrypted downloads and uploads of the app."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import encryption
from mnist_core.common.encryption import Plain, decrypt, encrypt
from mnist_core.common.workspace import Workspace
from tests.pages.app import open_page, texts
from tests.pages.test_export import offered as offered

WORDS = "a long passphrase"
ONE = b'{"digit": 1, "strokes": [[[10, 2], [10, 18]]]}\n'


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess costs next to nothing."""
    monkeypatch.setitem(encryption.SCRYPT, "n", 2)


def test_an_encrypted_file_asks_for_its_passphrase(app: AppTest, workspace: Workspace) -> None:
    """A wrong one is told, and the next one may be right."""
    page = open_page(app, "fine_tune")
    page.file_uploader[0].set_value(("mine.encrypted", encrypt(Plain("mine.jsonl", ONE), WORDS), "")).run()
    assert "The file is encrypted. Type its passphrase." in texts(page)
    field = next(each for each in page.text_input if each.label == "Passphrase")
    field.set_value("something else").run()
    assert "The passphrase is wrong" in page.error[0].value
    next(each for each in page.text_input if each.label == "Passphrase").set_value(WORDS).run()
    page.button(key="gallery.import").click().run()
    assert DrawingStore(workspace).counts()[1] == 1


def test_downloads_wait_for_a_passphrase(app: AppTest, offered: dict[str, Callable[[], bytes]]) -> None:
    """Then they are encrypted, and their names say so."""
    page = open_page(app, "models")
    page.toggle(key="export.encrypt").set_value(True).run()
    page.text_input(key="export.passphrase").set_value("short").run()
    assert "at least 8 characters" in page.error[0].value
    offered.clear()
    page.text_input(key="export.passphrase").set_value(WORDS).run()
    assert set(offered) == {f"mnist-studio.{kind}.encrypted" for kind in ("html", "onnx", "keras", "zip")}
    plain = decrypt(offered["mnist-studio.html.encrypted"](), WORDS, "file")
    assert plain.name == "mnist-studio.html"
    assert plain.content.startswith(b"<!doctype html>")
