"""The app's response times: measured in a real browser with a real mouse, written into the benchmarks' document.

`python -m tests.browser.measure docs/experiments/benchmarks.md`
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil
from playwright.sync_api import Browser, expect, sync_playwright

from mnist_core.benchmarks import report, results
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.database import transaction
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.browser.conftest import Server
from tests.browser.install import installed
from tests.browser.window import Window

Figure: TypeAlias = dict[str, Any]

STROKES = 15
STARTS = 5
CLICKS = 5
TUNINGS = 3
TURNS = 3
WARM_MS = 120_000
PAGES = {"": "Draw", "fine_tune": "Fine-tune", "train": "Train", "runs": "Runs", "evaluate": "Evaluate"}
WATCH = """() => {
  document.addEventListener("mouseup", () => { window.upAt = performance.now(); window.predictedAt = 0; }, true);
  new MutationObserver(() => {
    if (document.querySelector(".prediction") && !window.predictedAt)
      requestAnimationFrame(() => { window.predictedAt = performance.now(); });
  }).observe(document.body, { subtree: true, childList: true });
}"""


def main() -> None:
    publish("app", "measure", lambda browser: chain(_starts(browser), _loop(browser), _scale(browser)))


def publish(section: str, module: str, measured: Callable[[Browser], Iterable[Figure]]) -> None:
    """Measure in a browser of its own, tell each figure, and write them all into the document that was named."""
    document = Path(sys.argv[1])
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=arguments)
        figures = []
        for each in measured(browser):
            print(json.dumps(each), flush=True)
            figures.append(each)
        browser.close()
    sections = results.stored(document)
    sections[section] = results.measured(f"python -m tests.browser.{module} {document}", figures)
    results.store(document, sections)
    report.write(document, sections)


def figure(what: str, value: float, target: float, unit: str, note: str = "") -> Figure:
    return {"what": what, "value": round(value, 2), "target": target, "unit": unit, "note": note}


@contextmanager
def serving() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a trainer may still be leaving
        running = Server(Workspace.open(Path(folder)))
        try:
            yield running
        finally:
            running.stop()


def _starts(browser: Browser) -> Iterator[Figure]:
    """How soon one can draw; in the first window of a browser that is just started, too, it takes longer."""
    times = []
    for _ in range(STARTS):
        started = time.monotonic()
        with serving() as server:
            window = Window(browser.new_page(), server.url)
            window.open()
            window.canvas.wait_for()
            times.append(time.monotonic() - started)
            window.page.close()
    note = f"{times[0]:.1f} s with the browser's first page"
    yield figure("`streamlit run` → the canvas can be drawn on", statistics.median(times), 3, "s", note)


def _loop(browser: Browser) -> Iterator[Figure]:
    """From the first stroke to a fine-tuned model."""
    with serving() as server:
        window = Window(browser.new_page(), server.url)
        window.open()
        process = psutil.Process(server.process.pid)
        _wait_for_the_standby(window)
        window.page.evaluate(WATCH)
        idle = statistics.median(_strokes_ms(window))
        memory = mib(process)
        for number in range(100):
            window.draw(number % 10, seed=number)
            window.button("Clear").click()
            expect(window.prediction).to_be_hidden()
        yield figure("app's memory after 100 drawings", mib(process), 350, "MiB", f"{memory:.0f} after {STROKES}")
        what = "end of a stroke → prediction painted"
        yield figure(f"{what}, idle", idle, 100, "ms")
        yield from _train(window)
        yield _beside_a_training(window, server, what)
        yield from _fine_tune(window, server)


def _strokes_ms(window: Window) -> list[float]:
    """Of some strokes, each: milliseconds from its end to the painted prediction, the component's own wait aside."""
    times = []
    for seed in range(STROKES):
        window.draw(0, seed=seed)
        expect(window.prediction).to_be_visible()
        window.page.wait_for_function("() => window.predictedAt > 0")
        times.append(window.page.evaluate("() => window.predictedAt - window.upAt"))
        window.button("Clear").click()
        expect(window.prediction).to_be_hidden()
    return times


def _beside_a_training(window: Window, server: Server, what: str) -> Figure:
    """Strokes while a training runs and while it pauses, in turns."""
    _first_points_s(window)
    training = Jobs(server.workspace).active()
    assert training is not None
    window.go("Draw")
    window.page.evaluate(WATCH)
    paused, busy = [], []
    for times, command in ((paused, "pause"), (busy, "run")) * TURNS:
        Run.at(server.workspace, training.id).tell(command)
        time.sleep(1)  # it looks five times a second, and ends what it is at
        times += _strokes_ms(window)
    _discard(window)
    one, other = statistics.median(busy), statistics.median(paused)
    return figure(
        f"{what}, while a training runs / while it pauses", one / other, 1.3, "×", f"{one:.0f} / {other:.0f} ms"
    )


def _train(window: Window) -> Iterator[Figure]:
    times = []
    for _ in range(CLICKS):
        times.append(_first_points_s(window))
        _discard(window)
    note = f"{min(times):.1f}–{max(times):.1f} s in {CLICKS} clicks"
    yield figure("click on Train → first points of the curve", statistics.median(times), 1.5, "s", note)


def _first_points_s(window: Window) -> float:
    """Seconds from the click on Train until there are lines to see; the training goes on."""
    window.go("Train")
    window.page.get_by_text("articles", exact=True).click()
    window.settle()
    window.fill("Epochs", "1000")
    clicked = time.monotonic()
    window.button("Train").click()
    drawn = "document.querySelectorAll('.scatterlayer .trace path.js-line').length > 1"
    window.page.wait_for_function(drawn, polling=50)
    return time.monotonic() - clicked


def _discard(window: Window) -> None:
    window.go("Train")
    window.button("Stop and discard").click()
    expect(window.button("Train")).to_be_visible()
    _wait_for_the_standby(window)


def _wait_for_the_standby(window: Window) -> None:
    expect(window.page.locator(".st-key-status-bar")).to_contain_text("Trainer ready", timeout=WARM_MS)


def _fine_tune(window: Window, server: Server) -> Iterator[Figure]:
    random = np.random.default_rng(1)
    DrawingStore(server.workspace).add([Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(50)])
    first, later = [], []
    for times in (first, later) * TUNINGS:
        if times is first:
            shutil.rmtree(server.workspace.predictions, ignore_errors=True)
        window.go("Draw")
        window.go("Fine-tune")
        clicked = time.monotonic()
        window.button("Fine-tune on 50 drawings").click()
        expect(window.page.get_by_text("How sure is that?")).to_be_visible(timeout=120_000)
        times.append(time.monotonic() - clicked)
        window.button("Discard").or_(window.button("Close")).click()
        expect(window.page.get_by_text("How sure is that?")).to_be_hidden()
        _wait_for_the_standby(window)
    what = "click on Fine-tune with 50 drawings → before and after"
    for order, times in (("a model's first time", first), ("any later time", later)):
        note = f"{min(times):.1f}–{max(times):.1f} s in {TUNINGS} tunings"
        yield figure(f"{what}, {order}", statistics.median(times), 15, "s", note)


def _scale(browser: Browser) -> Iterator[Figure]:
    """How long the pages take with much in the workspace, against little."""
    little, much = (_opening_ms(browser, runs, drawings) for runs, drawings in ((10, 10), (10_000, 100_000)))
    for title in PAGES.values():
        what = f"{title} opens, with 10,000 runs, 100,000 drawings, 1,000,000 points / with 10 of each"
        note = f"{much[title]:.0f} ms / {little[title]:.0f} ms"
        yield figure(what, much[title] / little[title], 1.5, "×", note)


def _opening_ms(browser: Browser, runs: int, drawings: int) -> dict[str, float]:
    with serving() as server:
        _fill(server.workspace, runs, drawings)
        window = Window(browser.new_page(), server.url)
        times = {}
        for path, title in PAGES.items():
            window.open(path)  # once, so that what is kept for later is there
            times[title] = statistics.median(_opening(window, path) for _ in range(5))
        return times


def _opening(window: Window, path: str) -> float:
    """Milliseconds until the page is whole."""
    started = time.monotonic()
    window.open(path)
    window.settle()
    return 1000 * (time.monotonic() - started)


def _fill(workspace: Workspace, runs: int, drawings: int) -> None:
    random = np.random.default_rng(0)
    few = [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(100)]
    for first in range(0, drawings, 100):
        DrawingStore(workspace).add(few[: min(100, drawings - first)])
    with transaction(workspace) as connection:
        connection.executemany(
            "INSERT INTO jobs (id, kind, name, state, created) VALUES (?, 'train', ?, 'completed', '2026-01-01')",
            [(f"run-{number:05}", f"run {number}") for number in range(runs)],
        )
    points = [{"step": n, "epoch": n / 10, "loss": 1 / (n + 1), "accuracy": 0.9} for n in range(100)]
    curve = "".join(json.dumps(point) + "\n" for point in points)
    for number in range(runs):
        run = Run.create(workspace, f"run-{number:05}", "train", TrainConfig())
        (run.folder / "metrics.jsonl").write_text(curve)
        run.write_progress(Progress(accuracies=[0.9, 0.95, 0.97], elapsed_s=60))


def mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


if __name__ == "__main__":
    main()
