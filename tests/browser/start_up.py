"""How soon the program is there: each figure beside what it cannot be faster than, in turns, in one run.

`python -m tests.browser.start_up [docs/experiments/speed.md]` prints the tables, and writes them into the document.
"""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.install import installed
from tests.conftest import ROOT, SHARED_DATA

TURNS = 7
TRAININGS = 3
POLL_S = 0.02
PATIENCE_MS = 120_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EMPTY = 'import streamlit as st\nst.title("Empty")\n'
OPTIONS = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
DRAWING = '{"strokes": [[[0, 0], [9, 0], [3, 30]]]}\n'


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tables = [*_pages(Path(folder)), *_commands(Path(folder))]
    text = "\n".join(tables)
    print(text)
    if sys.argv[1:]:
        document = Path(sys.argv[1])
        before, after = re.split(r"(?s)<!-- measured -->.*<!-- /measured -->", document.read_text(encoding="utf-8"))
        document.write_text(f"{before}<!-- measured -->\n{text}\n<!-- /measured -->{after}", encoding="utf-8")


def _pages(folder: Path) -> list[str]:
    """The app's first page beside an empty page of Streamlit."""
    (folder / "empty.py").write_text(EMPTY)
    streamlit = [sys.executable, "-m", "streamlit", "run"]

    def empty(port: int) -> list[str]:
        return [*streamlit, str(folder / "empty.py"), *OPTIONS, f"--server.port={port}"]

    def by_streamlit(port: int) -> list[str]:
        return [*streamlit, str(ROOT / "app.py"), "--server.headless=true", f"--server.port={port}"]

    def by_mnist_studio(port: int) -> list[str]:
        return [sys.executable, "-m", "mnist_core", "--no-browser", "--port", str(port)]

    ways: dict[str, tuple[Callable[[int], list[str]], str]] = {
        "an empty Streamlit page": (empty, "h1"),
        "`mnist-studio` → the canvas can be drawn on": (by_mnist_studio, ".st-key-canvas canvas.upper-canvas"),
        "`streamlit run app.py` → the canvas": (by_streamlit, ".st-key-canvas canvas.upper-canvas"),
    }
    times: dict[str, list[float]] = {what: [] for what in ways}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)
        for turn in range(TURNS + 1):
            for what, (command, awaited) in ways.items():
                seconds = _until_seen(browser, command, awaited, folder / f"workspace-{turn}-{len(what)}")
                if turn:  # the first turn fills the caches
                    times[what].append(seconds)
    least = times["an empty Streamlit page"]
    lines = ["| until | s, median (range) | ratio to the empty page, median of the turns |", "|---|---|---|"]
    for what, taken in times.items():
        ratio = statistics.median(one / other for one, other in zip(taken, least, strict=True))
        lines.append(f"| {what} | {_shown(taken)} | {ratio:.2f} |")
    return [*lines, ""]


def _until_seen(browser: Browser, command: Callable[[int], list[str]], awaited: str, workspace: Path) -> float:
    """Seconds from the start of a server until a new window shows an element; the server is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "MNIST_STUDIO_HOME": str(workspace), "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    server = subprocess.Popen(
        command(port), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port):
            time.sleep(POLL_S)
        with closing(browser.new_page()) as page:
            _see(page, f"http://localhost:{port}", awaited)
            return time.monotonic() - started
    finally:
        server.kill()
        server.wait()


def _see(page: Page, url: str, awaited: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.locator(awaited).first.wait_for()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _commands(folder: Path) -> list[str]:
    """Commands beside what they cannot do without: Python, NumPy and ONNX Runtime, or TensorFlow."""
    (folder / "seven.jsonl").write_text(DRAWING)
    ours, python = [sys.executable, "-m", "mnist_core"], [sys.executable, "-c"]
    pairs = {
        "`predict` of one drawing": ([*ours, "predict", "seven.jsonl"], "import numpy, onnxruntime, scipy.ndimage"),
        "`models list`": ([*ours, "models", "list"], "import pydantic, rich.table, typer"),
    }
    lines = ["| command | s, median (range) | beside | s | ratio |", "|---|---|---|---|---|"]
    for what, (command, imports) in pairs.items():
        taken, least = [], []
        for _ in range(TURNS):
            least.append(_seconds([*python, imports], folder)[0])
            taken.append(_seconds(command, folder)[0])
        ratio = statistics.median(one / other for one, other in zip(taken, least, strict=True))
        lines.append(f"| {what} | {_shown(taken)} | `{imports}` | {_shown(least)} | {ratio:.2f} |")
    return [*lines, "", *_training(folder, [*ours, "train", "--preset", "blink", "--json"])]


def _training(folder: Path, command: list[str]) -> list[str]:
    rows = []
    for _ in range(TRAININGS):
        imports, _ = _seconds([sys.executable, "-c", "import tensorflow"], folder)
        taken, said = _seconds(command, folder)
        rows.append((taken, imports, json.loads(said)["fit_seconds"]))
    lines = ["| `train --preset blink` takes, s | `import tensorflow` | fitting | the rest |", "|---|---|---|---|"]
    lines += [f"| {a:.1f} | {b:.1f} | {c:.1f} | {a - b - c:.1f} |" for a, b, c in rows]
    return [*lines, ""]


def _seconds(command: list[str], folder: Path) -> tuple[float, str]:
    """How long a command takes, and what it says."""
    environment = {**os.environ, "MNIST_STUDIO_HOME": str(folder / "workspace"), "PYTHONPATH": str(ROOT)}
    environment["MNIST_STUDIO_DATA"] = str(SHARED_DATA)
    started = time.monotonic()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    return time.monotonic() - started, done.stdout


def _shown(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f})"


if __name__ == "__main__":
    main()
