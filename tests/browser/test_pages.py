"""Every page, light and dark: it shows what it is for, without a fault; its screenshot is kept to be looked at."""

from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, expect

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from tests.browser.conftest import Server
from tests.browser.window import Window
from tests.conftest import ROOT

SCREENSHOTS = ROOT / "screenshots"
PAGES = {
    "draw": ("", "What did you draw?"),
    "fine_tune": ("fine_tune", "Your drawings"),
    "train": ("train", "Start from a preset"),
    "runs": ("runs", "No training yet"),
    "evaluate": ("evaluate", "Compare with"),
    "models": ("models", "Import a model"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_shows_itself(browser: Browser, server: Server, workspace: Workspace, scheme: str) -> None:
    """Opened by its own address, in either scheme, each page shows what it is for; nothing is reported as a fault."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d)), prediction=d) for d in range(10)])
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, color_scheme=scheme)  # type: ignore[arg-type]
    window = Window(context.new_page(), server.url)
    for name, (path, text) in PAGES.items():
        window.open(path)
        expect(window.page.get_by_text(text).first).to_be_visible()
        window.settle()
        _keep_picture(window, SCREENSHOTS / f"{name}-{scheme}.png")
        assert not window.page.locator('[data-testid="stException"]').count()
    assert not window.console_errors
    context.close()


def _keep_picture(window: Window, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    window.page.wait_for_timeout(1000)
    window.page.screenshot(path=path, full_page=True)


def test_the_app_never_loads_keras(window: Window, server: Server) -> None:
    """After every page has been shown, the server's process has neither TensorFlow nor another backend in memory."""
    for title in ("Fine-tune", "Train", "Runs", "Evaluate", "Models", "Draw"):
        window.go(title)
    loaded = {Path(each.path).name for each in psutil.Process(server.process.pid).memory_maps()}
    assert any("onnxruntime" in name for name in loaded), "the maps say nothing of what is loaded"
    assert not [name for name in loaded if name.startswith(("libtensorflow", "_pywrap_tensorflow", "libtorch"))]
