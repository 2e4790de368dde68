"""The Compress page from a click to a smaller model that predicts."""

import pytest
from playwright.sync_api import expect

from mnist_core.common.workspace import Workspace
from mnist_core.models.registry import SHIPPED, Registry
from tests.browser.window import TRAINING_MS, Window


@pytest.mark.slow
def test_a_model_is_compressed_kept_and_activated(window: Window, workspace: Workspace) -> None:
    """The job goes on through a reload. Its chart has both models; Keep registers one; Activate lets it predict."""
    window.open("compress")
    window.page.get_by_role("button", name="Use digits").click()
    window.settle()
    window.button("Compress").click()
    expect(window.button("Stop and keep")).to_be_visible()
    window.open("compress")
    expect(window.page.get_by_text("Smaller versions of MNIST Studio")).to_be_visible(timeout=TRAINING_MS)
    expect(window.page.locator('[class*="st-key-trade-off"] .scatterlayer .points path')).to_have_count(2)
    window.page.set_viewport_size({"width": 390, "height": 900})
    window.settle()
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 390
    window.button("Keep").click()
    expect(window.page.get_by_text("Kept as MNIST Studio int8")).to_be_visible()
    registry = Registry(workspace)
    assert registry.active().id == SHIPPED
    window.button("Activate").click()
    window.page.set_viewport_size({"width": 1280, "height": 1000})
    window.go("Draw")
    expect(window.page.locator(".st-key-status-bar")).to_contain_text("MNIST Studio int8")
    assert registry.active().card.is_int8
    window.draw(3, seed=4)
    expect(window.prediction).to_contain_text("3")
