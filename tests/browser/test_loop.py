"""The loop that the program is for: draw, correct, fine-tune, compare, keep, draw again."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry
from tests.browser.conftest import Server
from tests.browser.window import TRAINING_MS, Window

TUNING_MS = 180_000
BUSY_MS = 3000
BUSY_PAGE = f"""
const original = window.setTimeout;
window.setTimeout = (task, delay, ...rest) => original(task, delay || {BUSY_MS}, ...rest);
"""
"""Streamlit keeps a click until a timeout of 0 ms; on a busy page its other timers send the click before that, too."""


@pytest.mark.parametrize("server", [True], indirect=True)  # with MNIST
def test_one_click_fine_tunes_on_the_drawings(window: Window, workspace: Workspace) -> None:
    """Corrected drawings, one click, before and after; Keep activates the tuned model, which predicts the next one."""
    random = np.random.default_rng(0)
    drawn = [Drawing(digit, write(digit, random)) for digit in range(10) for _ in range(2)]
    DrawingStore(workspace).add(drawn)
    window.draw(2, seed=6)
    window.label(2)
    window.go("Fine-tune")
    window.button("Fine-tune on 21 drawings").click()
    expect(window.button("Keep")).to_be_visible(timeout=TUNING_MS)
    expect(window.page.get_by_text("It predicts")).to_be_visible()
    window.page.get_by_text("How sure is that?").click()
    expect(window.page.get_by_text("Your drawings, before")).to_be_visible()
    window.button("Keep").click()
    expect(window.button("Keep")).to_be_hidden()
    window.settle()
    model = Registry(workspace).active()
    assert model.card.kind == "fine-tuned"
    assert model.card.base == "shipped"
    data = model.card.fine_tuning_data
    assert data is not None
    assert data.learned + data.left_out == 21
    assert data.left_out <= 1, "hardly a correct label has an issue"
    window.go("Draw")
    expect(window.page.locator(".st-key-status-bar")).to_contain_text(f"{data.learned} drawings")
    window.draw(5, seed=7)
    window.label(5)
    assert DrawingStore(workspace).all()[-1].model_id == model.id


@pytest.mark.slow
@pytest.mark.parametrize("server", [True], indirect=True)  # with MNIST
def test_the_loop_needs_no_mouse(window: Window, workspace: Workspace) -> None:
    """Draw, label, fine-tune and keep, by the keyboard alone."""
    random = np.random.default_rng(0)
    DrawingStore(workspace).add([Drawing(digit, write(digit, random)) for digit in range(10) for _ in range(2)])
    window.place_of_the_canvas()
    window.draw_one_by_keys()
    window.label(1)
    for pressed, seen in (
        (window.page.get_by_role("link", name="Fine-tune").last, window.button("Fine-tune on 21 drawings")),
        (window.button("Fine-tune on 21 drawings"), window.button("Keep")),
        (window.button("Keep"), window.page.get_by_text("Kept")),
    ):
        window.tab_to(pressed)
        window.page.keyboard.press("Enter")
        expect(seen.first).to_be_visible(timeout=TUNING_MS)
    assert Registry(workspace).active().card.kind == "fine-tuned"


def test_a_training_goes_on_through_a_reload(window: Window, workspace: Workspace, tiny_npz: Path) -> None:
    """One click trains; the curve grows; a reload changes nothing; Stop and keep makes a model of what was learned."""
    job_id = _start_long_training(window, workspace, tiny_npz)
    run = Run.at(workspace, job_id)
    window.open("train")
    expect(window.button("Stop and keep")).to_be_visible()
    before = len(run.records())
    window.page.wait_for_function("document.querySelectorAll('.scatterlayer .trace').length > 0")
    window.until(lambda: len(run.records()) > before, "the training goes on")
    window.button("Stop and keep").click()
    expect(window.page.get_by_text("has been trained")).to_be_visible(timeout=TRAINING_MS)
    job = Jobs(workspace).get(job_id)
    assert job.state == "stopped"
    assert job.model_id in {model.id for model in Registry(workspace).all()}


@pytest.mark.slow
def test_an_ended_app_leaves_a_training_that_can_be_resumed(
    window: Window, server: Server, workspace: Workspace, tiny_npz: Path
) -> None:
    """When the app is killed the trainer saves and ends; the next start offers to resume, and goes on."""
    job_id = _start_long_training(window, workspace, tiny_npz)
    process = Jobs(workspace).get(job_id).process
    assert process is not None
    window.page.goto("about:blank")  # a page whose server dies would rightly complain
    server.process.kill()
    server.process.wait()
    window.until(lambda: not process.alive, "the trainer ends with its app")
    assert Jobs(workspace).get(job_id).state == "interrupted"
    reached = Run.at(workspace, job_id).records()[-1]["step"]
    server.start()
    window.open("train")
    window.button("Resume").click()
    expect(window.button("Stop and discard")).to_be_visible(timeout=TRAINING_MS)
    window.until(lambda: Run.at(workspace, job_id).records()[-1]["step"] > reached, "the training goes on")
    window.button("Stop and discard").click()
    expect(window.button("Train")).to_be_visible(timeout=TRAINING_MS)


@pytest.mark.slow
def test_a_second_click_waits_in_the_queue(
    window: Window, browser: Browser, server: Server, workspace: Workspace, tiny_npz: Path
) -> None:
    """Train pressed in a second tab starts no second training: it is queued, once, however busy the page is."""
    _start_long_training(window, workspace, tiny_npz)
    second = Window(browser.new_page(), server.url)
    second.open("train")
    second.page.get_by_text("Queue another training").click()
    second.fill("Dataset", "digits")
    second.page.evaluate(BUSY_PAGE)
    second.button("Train").click()
    window.until(lambda: len(Jobs(workspace).page(limit=5)) > 1, "the click arrives, with whichever message")
    second.page.wait_for_timeout(BUSY_MS + 2000)
    expect(second.page.locator(".st-key-status-bar")).to_contain_text("1 queued")
    states = [job.state for job in Jobs(workspace).page(limit=5)]
    assert sorted(states) == ["queued", "running"] or sorted(states) == ["queued", "starting"]
    second.page.close()


def _start_long_training(window: Window, workspace: Workspace, tiny_npz: Path) -> str:
    """Configure and start a training that would take many minutes, and wait for its first records."""
    window.go("Train")
    window.page.get_by_text("articles", exact=True).click()
    window.settle()
    window.fill("Epochs", "1000")
    window.fill("Batch size", "1")
    window.fill("Dataset", str(tiny_npz))
    window.button("Train").click()
    expect(window.button("Stop and keep")).to_be_visible()
    (job,) = Jobs(workspace).page(limit=1)
    window.until(lambda: len(Run.at(workspace, job.id).records()) >= 3, "the training starts")
    return job.id
