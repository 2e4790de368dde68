"""What the first page needs is made ready in a thread, while the browser loads Streamlit's own files.

What the first stroke and the first training need follows when the page is shown: on two cores it would delay the page.
"""

import inspect
import threading
import time

from mnist_core.common import log

SETTLE_S = 1.0
"""Seconds that a browser takes to show a page that it has been sent."""

_ready = threading.Event()
_ready.set()
_page_sent = threading.Event()


def start() -> None:
    """Begin; called by the server before it answers."""
    _ready.clear()
    threading.Thread(target=_run, name="warm-up", daemon=True).start()


def wait() -> None:
    """Wait until the first page can be shown; at once where there is no server."""
    _ready.wait()


def page_sent() -> None:
    """A browser has been sent a whole page."""
    _page_sent.set()


def _run() -> None:
    try:
        from pages import draw  # noqa: F401 – for what it imports
        from pages.studio import PATIENCE_S, open_studio, predictor

        studio = open_studio()
        model = studio.registry.active()
        inspect.stack()  # Streamlit does so before its first element; Python keeps what it finds out about all modules
        _ready.set()
        if _page_sent.wait(PATIENCE_S):
            time.sleep(SETTLE_S)
        predictor(model)
        studio.runner.begin()
    except Exception as error:  # noqa: BLE001 – a boundary, which logs it; the page meets the error again and shows it
        log.told(error)
    finally:
        _ready.set()
