"""Every page, light and dark: it shows what it is for, without a fault; its screenshot is kept to be looked at."""

import re
import shutil
from pathlib import Path

import numpy as np
import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data.synthetic import write
from tests.browser.conftest import Server
from tests.browser.window import Window
from tests.conftest import ROOT
from tests.pages.app import ended

OF_STREAMLIT = {"presentation-role-conflict"}
"""The rules that Streamlit's own elements break. An uploader's field has a name and is called decoration: minor."""
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
"""Adds up the page's layout shifts, as the Cumulative Layout Shift does (web.dev/articles/cls)."""
MOST_SHIFT = 0.1
SMALL = """() => {
  const pressed = "button, a[href]:not([data-testid='stSkipToContent']), label:has(input), summary, [role='tab']";
  const isSmall = (each) => {
    const { width, height } = each.getBoundingClientRect();
    const grown = getComputedStyle(each, "::after").position === "absolute" ? 28 : 0;
    return each.checkVisibility({ visibilityProperty: true }) && width && Math.min(width, height) + grown < 43.5;
  };
  return [...document.querySelectorAll(pressed)].filter(isSmall).map((each) => each.outerHTML.slice(0, 200));
}"""
"""The elements that are smaller than a finger needs."""
DARK = "rgb(18, 19, 26)"
SCREENSHOTS = ROOT / "screenshots"
PAGES = {
    "draw": ("", "What did you draw?"),
    "fine_tune": ("fine_tune", "Your drawings"),
    "train": ("train", "Preset: balanced"),
    "runs": ("runs", "No training yet"),
    "evaluate": ("evaluate", "Compare with"),
    "monitor": ("monitor", "Nothing is logged yet"),
    "settings": ("settings", "Save and test"),
    "help": ("help", "Keyboard shortcuts"),
    "compress": ("compress", "No compression yet"),
    "models": ("models", "Import a model"),
}


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_each_page_shows_itself(browser: Browser, server: Server, workspace: Workspace, scheme: str) -> None:
    """Opened by its own address, in either scheme, each page shows what it is for. Nothing is a fault or jumps."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d)), prediction=d) for d in range(10)])
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, color_scheme=scheme)  # type: ignore[arg-type]
    window = Window(context.new_page(), server.url)
    window.page.add_init_script(SHIFTS)
    for name, (path, text) in PAGES.items():
        window.open(path)
        expect(window.page.get_by_text(text).first).to_be_visible()
        window.settle()
        _keep_picture(window, SCREENSHOTS / f"{name}-{scheme}.png")
        assert not window.page.locator('[data-testid="stException"]').count()
        assert window.page.evaluate("window.shifts") < MOST_SHIFT, name
        assert not _violations(window), name
    assert not window.console_errors
    context.close()


def _violations(window: Window) -> dict[str, list[str]]:
    """What axe-core finds on the page: rule → the elements that break it."""
    found = Axe().run(window.page).response["violations"]
    return {
        each["id"]: [node["html"][:200] for node in each["nodes"]] for each in found if each["id"] not in OF_STREAMLIT
    }


def _keep_picture(window: Window, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    window.page.wait_for_timeout(1000)
    window.page.screenshot(path=path, full_page=True)


@pytest.mark.parametrize(
    "name", [name if name in ("draw", "runs") else pytest.param(name, marks=pytest.mark.slow) for name in PAGES]
)
def test_whatever_the_tab_key_reaches_can_be_seen(window: Window, workspace: Workspace, name: str) -> None:
    """Every page, walked over by the keyboard, tables' tool bars and headings included."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d)), prediction=d) for d in range(10)])
    ended(workspace, TrainConfig(name="short"), "stopped")
    path, text = PAGES[name]
    window.open(path)
    content = window.page.get_by_test_id("stDataFrame") if name == "runs" else window.page.get_by_text(text)
    expect(content.first).to_be_visible()
    window.settle()
    assert len(window.walk_by_tab()) > 10


def test_the_question_mark_opens_help(window: Window) -> None:
    """From any page, but not where one types."""
    window.open("settings")
    token = window.page.locator(".st-key-settings-token input")
    token.press("?")
    expect(token).to_have_value("?")
    assert window.page.url.endswith("/settings")
    token.blur()
    window.page.keyboard.press("?")
    expect(window.page.get_by_role("heading", name="Help", exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_finger_finds_its_targets(browser: Browser, server: Server, workspace: Workspace) -> None:
    """On a phone whatever can be pressed has 44 pixels, and the navigation shows the page that one is on."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d)), prediction=d) for d in range(10)])
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    window = Window(context.new_page(), server.url)
    small = []
    for path, _ in PAGES.values():
        window.open(path)
        window.page.locator("h1").wait_for()
        window.settle()
        expect(window.page.locator(".st-key-narrow-current a")).to_be_in_viewport()
        small += window.page.evaluate(SMALL)
    assert not small
    window.open("evaluate")
    window.page.get_by_role("combobox", name="Evaluate on").tap()
    window.page.get_by_role("option", name="Your drawings").tap()
    mistakes = window.page.get_by_role("tab", name="Most confident mistakes")
    mistakes.tap()  # the table's tool bar does not lie over it
    expect(mistakes).to_have_attribute("aria-selected", "true")
    context.close()


def test_a_theme_holds_for_all_pages(window: Window) -> None:
    """Chosen in the settings, and kept by the browser."""
    window.open("settings")
    window.page.get_by_role("combobox", name="Theme").click()
    with window.page.expect_navigation():
        window.page.get_by_role("option", name="Dark").click()
    for path in ("settings", "runs"):
        window.open(path)
        expect(window.page.get_by_test_id("stApp")).to_have_css("background-color", DARK)


def test_a_read_only_installation_has_charts(browser: Browser, workspace: Workspace, tmp_path: Path) -> None:
    """Nothing is written into the program's folder."""
    program = tmp_path / "program"
    for folder in ("pages", "mnist_core", ".streamlit"):
        shutil.copytree(ROOT / folder, program / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", program)
    files = sorted(program.rglob("*"))
    server = Server(workspace, program, mnist=False)
    try:
        window = Window(browser.new_page(), server.url)
        window.open()
        window.draw(3, seed=4)
        expect(window.prediction).to_contain_text("3")
        expect(window.bar(3)).to_have_accessible_name(re.compile("Label as 3.*%"))
        assert not window.console_errors
        window.page.close()
    finally:
        server.stop()
    assert [path for path in sorted(program.rglob("*")) if "__pycache__" not in path.parts] == files


def test_each_cell_of_the_confusion_matrix_says_what_it_counts(window: Window, workspace: Workspace) -> None:
    """One sentence, of right ones, of mistakes, and of what never happened."""
    drawn = [Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)]
    DrawingStore(workspace).add([*drawn, Drawing(5, write(3, np.random.default_rng(4)))])
    window.open("evaluate")
    window.page.get_by_role("combobox", name="Evaluate on").click()
    window.page.get_by_role("option", name="Your drawings").click()
    window.page.get_by_role("tab", name="Confusion matrix").click()
    window.settle()
    plot = window.page.locator(".st-key-confusion .nsewdrag")
    box = plot.bounding_box()
    assert box is not None
    for (label, predicted), said in {
        (7, 7): "Label 7, predicted as 7: 1 image",
        (5, 3): "Label 5, predicted as 3: 1 image",
        (0, 9): "Label 0, predicted as 9: 0 images",
    }.items():
        x, y = (predicted + 0.5) / 10 * box["width"], (label + 0.5) / 10 * box["height"]
        window.page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
        expect(window.page.locator(".st-key-confusion .hovertext")).to_have_text(said)


def test_the_app_never_loads_keras(window: Window, server: Server) -> None:
    """After every page has been shown, the server's process has neither TensorFlow nor another backend in memory."""
    for title in ("Fine-tune", "Train", "Runs", "Evaluate", "Compress", "Models", "Draw"):
        window.go(title)
    loaded = {Path(each.path).name for each in psutil.Process(server.process.pid).memory_maps()}
    assert any("onnxruntime" in name for name in loaded), "the maps say nothing of what is loaded"
    assert not [name for name in loaded if name.startswith(("libtensorflow", "_pywrap_tensorflow", "libtorch"))]
