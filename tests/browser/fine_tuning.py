"""How long a click on Fine-tune takes, in a real browser, and what the trainer does in that time.

`python -m tests.browser.fine_tuning [FOLDER …]` prints the tables. Each folder is another checkout of this program; the
checkouts take turns, so that what else the machine does meanwhile concerns them alike.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, expect, sync_playwright

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.browser.conftest import Server
from tests.browser.install import installed
from tests.browser.window import Window
from tests.conftest import ROOT

TURNS = 3
LATER = 2
"""Fine-tunings of the same model in each turn, after the first one."""
DRAWINGS = 50
POLL_MS = 50
"""Looking more often would take the processor from what is measured."""
READY_MS = 600_000
"""On a busy machine the waiting trainer gives way to everything else."""
WARM_S = 3.0
"""Seconds between a trainer that is ready and the click: a person needs longer for one drawing."""
RESULT = "How sure is that?"

Seconds = dict[str, float]


@dataclass
class Tuning:
    """One click: seconds to the result, and for each phase of the trainer its seconds, by the clock and of CPU time."""

    first: bool
    total: float = 0.0
    phases: Seconds = field(default_factory=dict)
    cpu: Seconds = field(default_factory=dict)


def main() -> None:
    programs = [ROOT, *map(Path, sys.argv[1:])]
    found: dict[Path, list[Tuning]] = {program: [] for program in programs}
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=installed(), args=arguments)
        for _ in range(TURNS):
            for program in programs:
                found[program] += _turn(browser, program)
    for program, tunings in found.items():
        print(f"\n{program.name}")
        _print([each for each in tunings if each.first], "first")
        _print([each for each in tunings if not each.first], "later")


def _turn(browser: Browser, program: Path) -> Iterator[Tuning]:
    """The tunings of one start of the app, in a workspace of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        workspace = Workspace.open(Path(folder))
        random = np.random.default_rng(1)
        drawings = [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(DRAWINGS)]
        DrawingStore(workspace).add(drawings)
        server = Server(workspace, program)
        try:
            window = Window(browser.new_page(), server.url)
            window.open("fine_tune")
            for number in range(1 + LATER):
                yield _tuning(window, workspace, first=not number)
            window.page.close()
        finally:
            server.stop()
            shutil.rmtree(workspace.root, ignore_errors=True)


def _tuning(window: Window, workspace: Workspace, *, first: bool) -> Tuning:
    bar = window.page.locator(".st-key-status-bar")
    expect(bar).to_contain_text("Trainer ready", timeout=READY_MS)
    window.page.wait_for_timeout(1000 * WARM_S)
    window.settle()
    tuning, result = Tuning(first), window.page.get_by_text(RESULT)
    window.button(f"Fine-tune on {DRAWINGS} drawings").click()
    clicked = last = time.monotonic()
    phase, cpu_before = "the click", 0.0
    while not result.is_visible():
        new_phase, cpu = _state(workspace, phase, cpu_before)
        if new_phase != phase:
            last, cpu_before, phase = _add(tuning, phase, last, cpu - cpu_before), cpu, new_phase
        window.page.wait_for_timeout(POLL_MS)
    _add(tuning, phase, last, 0.0)
    tuning.total = time.monotonic() - clicked
    window.button("Discard").or_(window.button("Close")).click()
    expect(result).to_be_hidden()
    return tuning


def _add(tuning: Tuning, phase: str, since: float, cpu: float) -> float:
    """Count the time since then for a phase; return the present time."""
    now = time.monotonic()
    tuning.phases[phase] = tuning.phases.get(phase, 0.0) + now - since
    tuning.cpu[phase] = tuning.cpu.get(phase, 0.0) + cpu
    return now


def _state(workspace: Workspace, phase: str, cpu: float) -> tuple[str, float]:
    """The phase of the job and the CPU seconds of its trainer so far; what was before where there is nothing to see."""
    job = next(iter(Jobs(workspace).page(limit=1, kinds=("fine_tune",))), None)
    if job is None or (phase == "the click" and not job.unfinished):  # that of the last click
        return phase, cpu
    if not job.unfinished:
        return "the page", cpu
    with suppress(Exception):  # files that are just being replaced, a trainer that has just ended
        progress = Run.at(workspace, job.id).progress()
        if job.process is not None:
            times = psutil.Process(job.process.pid).cpu_times()
            cpu = times.user + times.system
        if progress.phase:
            return progress.phase, cpu
    return phase, cpu


def _print(tunings: list[Tuning], which: str) -> None:
    totals = [each.total for each in tunings]
    print(f"{which}: {statistics.median(totals):.1f} s ({min(totals):.1f}–{max(totals):.1f})")
    for phase in tunings[0].phases:
        clock, cpu = (
            statistics.median(each.get(phase, 0.0) for each in every)
            for every in ([t.phases for t in tunings], [t.cpu for t in tunings])
        )
        print(f"  {phase:22} {clock:5.2f} s, {cpu:5.2f} s of CPU time")


if __name__ == "__main__":
    main()
