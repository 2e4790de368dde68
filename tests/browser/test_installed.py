"""The program as it is installed: started from another folder, for somebody whose home folder is empty."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.window import Window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks where Linux keeps what")


@contextmanager
def running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process that does not outlive a test that fails."""
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def environment(site: Path, home: Path) -> dict[str, str]:
    """The environment of somebody who has the program from the wheel, and whose home is this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "KERAS_", "MNIST_"))}
    return kept | {
        "HOME": str(home),
        "PYTHONPATH": str(site),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": str(home.parent / "matplotlib"),  # the tests have it; the program does not need it
    }


def listing(folder: Path) -> dict[str, float]:
    """File → when it was last written."""
    return {str(path): path.stat().st_mtime for path in folder.rglob("*") if path.is_file()}


def test_the_installed_app_opens_and_leaves_nothing_behind(site: Path, tmp_path: Path, browser: Browser) -> None:
    """It draws and predicts with its own theme, writes its workspace only, and changes no file of its own."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    before = listing(site)
    command = [sys.executable, "-m", "mnist_core", "--no-browser"]
    with running(
        command, cwd=elsewhere, env=environment(site, home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as app:
        assert app.stdout is not None
        window = Window(browser.new_page(), app.stdout.readline().split()[4].rstrip("/"))
        window.open()
        window.draw(3)
        expect(window.prediction).to_be_visible()
        expect(window.page.locator(".stApp")).to_have_css("color", "rgb(31, 33, 48)")
        assert not window.console_errors
        window.page.close()
        app.send_signal(signal.SIGINT)
        _, err = app.communicate(timeout=60)
    assert (app.returncode, err) == (130, "MNIST Studio has ended.\n")
    data = home / ".local" / "share" / "mnist-studio"
    assert (data / "studio.db").is_file()
    assert [name for name in listing(home) if not name.startswith(str(data))] == []
    assert listing(site) == before
    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
def test_a_training_leaves_nothing_behind(site: Path, tmp_path: Path, tiny_npz: Path) -> None:
    """Keras writes no settings into the home folder, ONNX Runtime no device id, and nothing else comes there."""
    home = tmp_path / "home"
    home.mkdir()
    before = listing(site)
    command = [sys.executable, "-m", "mnist_core", "train", "--architecture", "mlp", "--epochs", "1"]
    command += ["--dataset", str(tiny_npz), "--workspace", str(tmp_path / "workspace")]
    subprocess.run(command, cwd=tmp_path, env=environment(site, home), check=True, capture_output=True)
    assert listing(home) == {}
    assert listing(site) == before
