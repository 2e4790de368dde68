"""A search on the Train page, from a click to the settings in the form."""

import pytest
from playwright.sync_api import expect

from mnist_core.common.workspace import Workspace
from mnist_core.evaluation.search import best
from mnist_core.jobs import trials
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.browser.window import TRAINING_MS, Window


@pytest.mark.slow
def test_a_search_fills_the_form(window: Window, workspace: Workspace) -> None:
    """Two trials, which go on through a reload. The best one's learning rate goes into the form."""
    window.open("train")
    window.page.get_by_role("button", name="Use digits").click()
    window.settle()
    window.page.get_by_text("blink", exact=True).click()
    window.settle()
    window.page.get_by_text("Search for better settings").click()
    count = window.page.locator('[class*="st-key-search-trials"] input')
    count.fill("2")
    count.press("Enter")
    window.settle()
    window.button("Start the search").click()
    expect(window.button("Stop and keep")).to_be_visible(timeout=TRAINING_MS)
    window.open("train")
    expect(window.button("Close")).to_be_visible(timeout=2 * TRAINING_MS)
    expect(window.page.get_by_text("2 trials are complete.")).to_be_visible()
    window.button("Use these settings").click()
    expect(window.page.get_by_text("The settings are in the form of the Train page.")).to_be_visible()
    (job,) = Jobs(workspace).page(limit=2)
    (found, *_) = best(trials.read(Run.at(workspace, job.id)), "accuracy")
    learning_rate = window.page.locator('[class*="st-key-train-learning_rate"] input')
    expect(learning_rate).to_have_value(f"{found.settings['learning_rate']:g}")
