"""What a person does in the app's window, as a test says it."""

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import FloatRect, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from mnist_core.data import synthetic
from mnist_core.data.numbers import put_together
from pages.widgets.canvas import SIDE

PATIENCE_MS = 20_000
TRAINING_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)  # a busy machine may take more than Playwright's five seconds
FETCHED_FROM_OUTSIDE = re.compile(r"ERR_(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|CONNECTION_\w+)|_stcore/")

INVISIBLE = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const box = (element.closest("canvas") || element).getBoundingClientRect();
  for (let each = element; each; each = each.parentElement || each.getRootNode().host)
    if (getComputedStyle(each).opacity === "0") return element.outerHTML;
  return element === document.body || (box.width && box.height) ? "" : element.outerHTML;
}"""
"""The element that has the focus, if it cannot be seen. A table's cell lies in the canvas that draws it."""
MOST_STOPS = 200


class Window:
    """One tab with the app in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.console_errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def _note(self, message: object) -> None:
        text, kind, place = str(message.text), str(message.type), str(message.location)  # type: ignore[attr-defined]
        if kind == "error" and not FETCHED_FROM_OUTSIDE.search(text + place):
            self.console_errors.append(f"{text} {place}")

    def open(self, path: str = "") -> None:
        """Open a page by its address and wait until the status bar is there."""
        self.page.goto(f"{self.url}/{path}")
        expect(self.page.locator(".st-key-status-bar")).to_be_visible()

    def go(self, title: str) -> None:
        """Go to another page by the navigation, where it may have a mark."""
        self.page.get_by_role("link", name=re.compile(rf"^{re.escape(title)}( \(\d+\))?$")).first.click()
        self.settle()

    def settle(self) -> None:
        """Wait until no script runs."""
        self.page.wait_for_timeout(300)
        self.page.locator('[data-test-script-state="notRunning"]').first.wait_for(state="attached")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait, while the page goes on, for something outside the page."""
        for _ in range(TRAINING_MS // 200):
            if condition():
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"waited {TRAINING_MS / 1000:.0f} s in vain: {what}")

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".st-key-canvas canvas.upper-canvas")

    def draw(self, digit: int, seed: int = 0) -> None:
        """Draw a digit on the canvas with the mouse, stroke by stroke."""
        self.draw_at(self.place_of_the_canvas(), digit, seed)

    def draw_at(self, box: FloatRect, digit: int, seed: int = 0) -> None:
        """Draw at once, on a canvas that is known to lie in this box."""
        strokes = synthetic.write(digit, np.random.default_rng(seed))
        points = np.concatenate([np.asarray(stroke) for stroke in strokes])
        low, size = points.min(axis=0), np.ptp(points, axis=0).max()
        scale = box["width"] / SIDE
        for stroke in strokes:
            path = ((np.asarray(stroke) - low) / size * 200 + 60) * scale
            for number, (x, y) in enumerate(path):
                self.page.mouse.move(box["x"] + x, box["y"] + y, steps=2)
                if number == 0:
                    self.page.mouse.down()
            self.page.mouse.up()

    def draw_number(self, number: str, seed: int = 0) -> None:
        """Draw digits beside each other over the whole width of the canvas."""
        rng = np.random.default_rng(seed)
        strokes = put_together([synthetic.write(int(digit), rng) for digit in number], rng).strokes
        points = np.concatenate([np.asarray(stroke) for stroke in strokes])
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        box = self.place_of_the_canvas()
        scale = min((box["width"] - 40) / size[0], (box["height"] - 40) / size[1])
        for stroke in strokes:
            for number_of_point, (x, y) in enumerate((np.asarray(stroke) - low) * scale + 20):
                self.page.mouse.move(box["x"] + x, box["y"] + y, steps=2)
                if number_of_point == 0:
                    self.page.mouse.down()
            self.page.mouse.up()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page a point of the canvas lies, in its own pixels."""
        box = self.place_of_the_canvas()
        scale = box["width"] / SIDE
        return box["x"] + x * scale, box["y"] + y * scale

    def place_of_the_canvas(self) -> FloatRect:
        """Where it lies when it moves no more: while a page comes, what was on the page before still lies above it."""
        self.canvas.wait_for()
        box = None
        while box is None or box != self.canvas.bounding_box():
            box = self.canvas.bounding_box()
            self.settle()
        return box

    @property
    def prediction(self) -> Locator:
        """The digit that the network predicts."""
        return self.page.locator(".prediction")

    def bar(self, digit: int) -> Locator:
        """The digit's bar, which is the button that labels the drawing."""
        return self.page.locator(f".st-key-label-{digit} button")

    def label(self, digit: int) -> None:
        """Press the key of a label, and wait until the drawing is saved."""
        expect(self.prediction).to_be_visible()
        self.page.keyboard.press(str(digit))
        expect(self.prediction).to_be_hidden()

    def button(self, name: str) -> Locator:
        """One of the app's own, by its whole name; a shortcut that Streamlit adds to it does not count."""
        named = self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}(\s*Shortcut .*)?$"))
        return named.and_(self.page.locator('[data-testid^="stBaseButton"]'))

    def walk_by_tab(self) -> list[str]:
        """Go over the whole page by the Tab key; return the texts of what it has reached, all of which can be seen.

        The walk ends where it began: the focus is on the body between the last stop and the first, but also for a
        moment when a table draws its focused cell anew.
        """
        reached: list[str] = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            try:
                self.page.wait_for_function(f"({INVISIBLE})() === ''")  # a tool bar fades in
            except PlaywrightTimeout:
                raise AssertionError(f"not to be seen: {self.page.evaluate(INVISIBLE)}") from None
            if reached and self.page.evaluate("document.activeElement === window.firstStop"):
                return reached
            if not reached:
                self.page.evaluate("window.firstStop = document.activeElement")
            reached.append(self.page.evaluate("document.activeElement.innerText.trim()"))
        raise AssertionError("the walk does not end")

    def tab_to(self, wanted: Locator) -> None:
        """Press the Tab key until this element has the focus."""
        wanted.wait_for()
        for _ in range(MOST_STOPS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError("the Tab key does not reach it")

    def draw_one_by_keys(self) -> None:
        """A vertical line: the arrow keys move the pen, Space lowers and lifts it."""
        self.tab_to(self.canvas)
        for key, count in (("ArrowUp", 12), (" ", 1), ("ArrowDown", 24), (" ", 1)):
            for _ in range(count):
                self.page.keyboard.press(key)

    def fill(self, name: str, value: str) -> None:
        """Type into a field of a form."""
        roles = [self.page.get_by_role(role, name=name, exact=True) for role in ("spinbutton", "textbox", "combobox")]  # type: ignore[arg-type]
        field = roles[0].or_(roles[1]).or_(roles[2])
        field.fill(value)
        field.press("Enter")
        self.settle()
