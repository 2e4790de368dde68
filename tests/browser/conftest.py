"""A real server, a real browser, a real mouse."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, sync_playwright

from mnist_core.common.workspace import Workspace
from tests.browser.install import installed
from tests.browser.window import Window
from tests.conftest import ROOT, SHARED_DATA

START_S = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is marked `browser`; the hook is given those of the whole run."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a screen and without looking for the network."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        # None means Playwright's own, which `make test` has installed where there is no other.
        chromium = playwright.chromium.launch(executable_path=installed(), args=arguments)
        yield chromium
        chromium.close()


class Server:
    """`streamlit run app.py` on a workspace of its own."""

    def __init__(self, workspace: Workspace, program: Path = ROOT, *, mnist: bool = True) -> None:
        """
        Args:
            program: the folder that holds app.py.
            mnist: whether it finds MNIST, if this machine has it. Then its trainer prepares a fine-tuning, which takes
                a core for ten seconds.
        """
        self.workspace, self.program, self._mnist = workspace, program, mnist
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, "MNIST_STUDIO_HOME": str(self.workspace.root)}
        if self._mnist and (SHARED_DATA / "mnist.npz").is_file():
            environment["MNIST_STUDIO_DATA"] = str(SHARED_DATA)
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = ["--server.headless=true", f"--server.port={self.port}"]
        with (self.workspace.root / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, *options], cwd=self.program, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, (self.workspace.root / "server.log").read_text()
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """Its trainers would end by themselves, but after their imports only: they would slow the next test."""
        trainers = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        self.process.wait(timeout=30)
        for trainer in trainers:
            with contextlib.suppress(psutil.NoSuchProcess):
                trainer.kill()


@pytest.fixture
def server(request: pytest.FixtureRequest, workspace: Workspace) -> Iterator[Server]:
    """Without MNIST, unless the test's parameter asks for it."""
    running = Server(workspace, mnist=getattr(request, "param", False))
    yield running
    running.stop()


@pytest.fixture
def window(server: Server, browser: Browser) -> Iterator[Window]:
    """The app's first page, in a window; a test fails if a page showed a fault or the console an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    opened = Window(context.new_page(), server.url)
    opened.open()
    yield opened
    assert not opened.console_errors, opened.console_errors
    assert not opened.page.locator('[data-testid="stException"]').count()
    context.close()
