"""The documents' pictures: the loop, recorded from the app itself, and a picture of each page on the way.

`make pictures`, or `python -m tests.browser.record docs/images`

A person puts a bar through each 2. The network takes them for a 7; it learns them from three drawings.
"""

import sys
import tempfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.drawing.strokes import Strokes
from tests.browser.conftest import Server
from tests.browser.install import installed
from tests.browser.window import Window

SIZE = {"width": 1280, "height": 800}
SHOWN = (960, 600)
"""Pixels of the moving picture."""
QUALITY = 70
TUNING_S = 300
WAIT_MS = 3000
"""For a message to go, and a table to come."""
EPOCH = 6
"""Of the training, when its picture is taken."""
DRAWN_BEFORE = 2
"""How many drawings of each digit are in the collection already."""


def crossed_two(random: np.random.Generator) -> Strokes:
    """A Z and a bar through it."""
    width, bar = random.uniform(55, 65), random.uniform(45, 55)
    corners = [(-width, -100), (width, -100), (-width, 100), (width, 100)]
    outline = [
        (x + (to_x - x) * share, y + (to_y - y) * share)
        for (x, y), (to_x, to_y) in pairwise(corners)
        for share in np.linspace(0, 1, 8)
    ]
    return [outline, [(x, 0) for x in np.linspace(-bar, bar, 6)]]


class Film:
    """The frames of one tab, each with how long it is shown, and single pictures."""

    def __init__(self, window: Window, folder: Path) -> None:
        self.window = window
        self.folder = folder
        self.frames: list[Image.Image] = []
        self.durations: list[int] = []

    def show(self, milliseconds: int) -> None:
        """Take what the tab shows now."""
        with Image.open(BytesIO(self.window.page.screenshot())) as picture:
            self.frames.append(picture.convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS))
        self.durations.append(milliseconds)

    def keep(self, name: str) -> None:
        """Write what the tab shows as a picture of its own."""
        self.window.page.mouse.move(1, 1)  # it points at nothing
        self.window.page.screenshot(path=self.folder / f"{name}.png")

    def draw(self, strokes: Strokes, predicted: int) -> None:
        """Draw with the mouse, a frame every few points."""
        page = self.window.page
        for stroke in strokes:
            for number, (x, y) in enumerate(stroke):
                page.mouse.move(*self.window.at(170 + x, 170 + y), steps=2)
                if number == 0:
                    page.mouse.down()
                elif number % 6 == 0:
                    self.show(90)
            page.mouse.up()
        expect(self.window.prediction).to_contain_text(str(predicted))
        self.window.settle()

    def save(self) -> Path:
        path = self.folder / "loop.webp"
        first, *others = self.frames
        first.save(
            path, save_all=True, append_images=others, duration=self.durations, loop=0,
            quality=QUALITY, method=6, minimize_size=True,
        )  # fmt: skip
        return path


def loop(film: Film, random: np.random.Generator) -> None:
    """Draw, correct, fine-tune, compare, keep, draw again."""
    window = film.window
    for number in range(3):
        film.draw(crossed_two(random), 7)
        film.show(1800 if number == 0 else 600)
        if number == 0:
            film.keep("draw")
        window.label(2)
        window.settle()
        film.show(900 if number == 0 else 400)
    window.go("Fine-tune")
    film.show(1500)
    film.keep("fine_tune")
    window.page.get_by_role("button", name="Fine-tune on").click()
    _watch(film)
    film.show(3000)
    film.keep("compare")
    window.button("Keep").click()
    expect(window.button("Keep")).to_be_hidden()
    window.go("Draw")
    film.show(900)
    film.draw(crossed_two(random), 2)
    film.show(3000)


def training(film: Film) -> None:
    """A training in the middle of its run, which is then discarded."""
    window = film.window
    window.go("Train")
    window.page.get_by_text("articles", exact=True).click()
    window.settle()
    window.fill("Epochs", "20")
    window.button("Train").click()
    expect(window.page.get_by_text(f"epoch {EPOCH} of").first).to_be_visible(timeout=TUNING_S * 1000)
    window.settle()
    film.keep("train")
    window.button("Stop and discard").click()


def _watch(film: Film) -> None:
    """A frame a second until the fine-tuning has ended."""
    keep, stop = film.window.button("Keep"), film.window.button("Stop")
    for _ in range(TUNING_S):
        film.window.page.wait_for_timeout(1000)
        if stop.is_visible():
            film.keep("wait")  # in the last one, all drawings have turned
        elif keep.is_visible():
            film.window.settle()
            return
        film.show(250)
    raise AssertionError("the fine-tuning does not end")


def main() -> None:
    folder = Path(sys.argv[1])
    workspace = Workspace.open(Path(tempfile.mkdtemp()))
    random = np.random.default_rng(3)
    collection = [Drawing(digit, write(digit, random)) for digit in range(10) for _ in range(DRAWN_BEFORE)]
    DrawingStore(workspace).add(collection)
    server = Server(workspace)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
            window = Window(browser.new_page(viewport=SIZE, locale="en-US"), server.url)  # type: ignore[arg-type]
            window.open()
            window.place_of_the_canvas()
            film = Film(window, folder)
            film.show(1200)
            loop(film, random)
            window.go("Models")
            window.page.wait_for_timeout(WAIT_MS)
            film.keep("models")
            training(film)
            browser.close()
    finally:
        server.stop()
    path = film.save()
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(film.frames)} frames")


if __name__ == "__main__":
    main()
