"""The app's memory over an hour of use: a person draws, corrects, looks at every page, trains.

`python -m tests.browser.endurance docs/experiments/benchmarks.md`
"""

import time
from collections.abc import Iterator

import psutil
from playwright.sync_api import Browser, expect

from tests.browser.measure import PAGES, Figure, figure, mib, publish, serving
from tests.browser.window import Window

ROUNDS, ROUND_S = 6, 600
DRAWINGS_A_LOOK = 20
"""After so many drawings the person looks at every page."""
TRAINING_MS = 120_000
PAUSE_MS = 2_000
"""A person looks at the prediction before drawing the next digit."""


def main() -> None:
    publish("endurance", "endurance", _an_hour)


def _an_hour(browser: Browser) -> Iterator[Figure]:
    with serving() as server:
        window = Window(browser.new_page(), server.url)
        window.open()
        process = psutil.Process(server.process.pid)
        drawn = 0
        _choose_training(window)
        for number in range(1, ROUNDS + 1):
            ends = time.monotonic() + ROUND_S
            _train(window)
            while time.monotonic() < ends:
                _draw_and_look(window, drawn)
                drawn += DRAWINGS_A_LOOK
            minutes = number * ROUND_S // 60
            what = f"app's memory after {minutes} minutes"
            yield figure(what, mib(process), 350, "MiB", f"{drawn} drawings, {number} trainings")


def _draw_and_look(window: Window, drawn: int) -> None:
    """Draw, one time in two label it, then open each page."""
    window.go("Draw")
    for number in range(drawn, drawn + DRAWINGS_A_LOOK):
        window.draw(number % 10, seed=number)
        window.page.wait_for_timeout(PAUSE_MS)
        if not window.prediction.is_visible():
            continue  # on a busy machine a stroke that comes while the page builds up can be lost
        if number // 10 % 2:
            window.label(number % 10)
        else:
            window.button("Clear").click()
            expect(window.prediction).to_be_hidden()
    for title in PAGES.values():
        window.go(title)


def _choose_training(window: Window) -> None:
    """A short one, on the digits that come with the program."""
    window.go("Train")
    window.page.get_by_text("articles", exact=True).click()
    window.settle()
    window.fill("Dataset", "digits")


def _train(window: Window) -> None:
    """Start the training that was chosen, and watch it to its end."""
    window.go("Train")
    window.button("Train").click()
    window.button("Close").click(timeout=TRAINING_MS)
    window.settle()


if __name__ == "__main__":
    main()
