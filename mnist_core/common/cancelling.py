"""Ctrl-C and TERM: a command ends with "Cancelled." and status 130 or 143, whenever they arrive.

The app, which has no other end, says that it has ended (`end_with`).

Python calls a signal's handler in the main thread after a call of C code returns. While a library loads or compiles,
that takes seconds, and several signals become one. An exception raised while TensorFlow loads is lost in its C++ code
or becomes a traceback. So a separate thread receives each signal through a pipe. What it does depends on the state:

- While modules load, it ends the process: no work has begun.
- Within `interruptible`, the main thread raises `Cancelled`, so that open files are cleaned up.
- Within `saving`, it asks a job to save and exit.

A second signal, or a cleanup that takes too long, ends the process at once. That leaves what a power cut would leave:
no partial file under a final name.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from mnist_core.common.language import Text, _, sentences

GRACE_S = 3.0
"""Seconds that cleaning up may take."""
LAST_WORDS_S = 1.0
"""Seconds that the last thing to do may take: the database may be locked."""
NUMBERS = (signal.SIGINT, signal.SIGTERM)

Doing = Callable[[], None]


class Cancelled(BaseException):
    """The person has cancelled. It is not a KeyboardInterrupt, because some libraries catch that."""

    def __init__(self, more: str = "") -> None:
        super().__init__(sentences([_state.first_words or _("Cancelled."), *filter(None, [more])]))


def _nothing() -> None:
    """There is nothing to do."""


def _end() -> None:
    """Say so, and end the process now."""
    last = threading.Thread(target=_state.last_words, daemon=True)
    last.start()
    last.join(LAST_WORDS_S)
    _say(str(Cancelled()))
    os._exit(128 + _state.asked)


class _State:
    """What has been asked for, and what is going on."""

    asked = 0
    """The number of the first signal; 0 before there is one."""
    terminal = 2
    """Standard error as it was at the start: a training sends its libraries' messages elsewhere."""
    raises = False
    """Whether the main thread raises `Cancelled` at the first signal."""
    at_first: Doing = staticmethod(_end)
    """What else the first signal does."""
    said = False
    """Whether the person has been told."""
    first_words: Text | None = None
    """What the person is told instead of "Cancelled."."""
    last_words: Doing = staticmethod(_nothing)
    """What is still to be done before the process ends at once."""


_state = _State()
_saying = threading.Lock()


def watch() -> None:
    """From now on, signals end this process as described; called before anything large is imported."""
    with suppress(OSError):  # it is closed
        _state.terminal = os.dup(2)
    hears, tells = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows lacks it before Python 3.12 and does not need it
        os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    for number in NUMBERS:
        signal.signal(number, _raise)
    sys.unraisablehook = _ignore_cancelled
    threading.Thread(target=_listen, args=(hears,), name="signals", daemon=True).start()


def end_with(words: Text) -> None:
    """Say these words, not "Cancelled.", when a signal ends this process."""
    _state.first_words = words


def asked() -> bool:
    """Whether the person has cancelled."""
    return bool(_state.asked)


@contextmanager
def interruptible() -> Iterator[None]:
    """A whole command: the first signal raises `Cancelled` in it, which ends the process.

    Raises:
        SystemExit: the person has cancelled.
    """
    _state.at_first, _state.raises = end_after_a_while, True
    try:
        yield
    except Cancelled as cancelled:
        _say(str(cancelled))
        raise SystemExit(128 + _state.asked) from None
    finally:  # a signal that comes while the interpreter ends is too late
        _state.at_first, _state.raises = _nothing, False
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def loading(last_words: Doing = _nothing) -> Iterator[None]:
    """While modules load: the first signal ends the process, after these last words."""
    with _while(_end, last_words):
        yield


@contextmanager
def saving(save: Doing, last_words: Doing = _nothing) -> Iterator[None]:
    """The first signal calls `save` in another thread; a second one ends the process, after these last words."""
    with _while(save, last_words):
        yield


@contextmanager
def _while(at_first: Doing, last_words: Doing) -> Iterator[None]:
    before = _state.raises, _state.at_first, _state.last_words
    _state.raises, _state.at_first, _state.last_words = False, at_first, last_words
    try:
        yield
    finally:
        _state.raises, _state.at_first, _state.last_words = before


def end_after_a_while() -> None:
    """End the process in `GRACE_S` seconds, unless it ends by itself."""
    timer = threading.Timer(GRACE_S, _end)
    timer.daemon = True
    timer.start()


def _listen(hears: int) -> None:
    """Runs in the thread: a byte comes for each signal."""
    heard = False
    while True:
        number = os.read(hears, 1)[0]
        if number in NUMBERS:
            _state.asked = _state.asked or number
            (_end if heard else _state.at_first)()
            heard = True


def _raise(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 – a signal's handler gets both
    """Runs in the main thread."""
    if _state.raises:
        _state.raises = False
        _state.asked = _state.asked or number
        raise Cancelled


def _ignore_cancelled(unraisable: "sys.UnraisableHookArgs") -> None:
    """Python prints an exception that it cannot raise, as in a destructor; this one needs no mention."""
    if not isinstance(unraisable.exc_value, Cancelled):
        sys.__unraisablehook__(unraisable)


def _say(message: str) -> None:
    """Print it to the terminal, unless something has been printed. Whoever ends the process waits for that."""
    with _saying:
        if _state.said:
            return
        _state.said = True
        shown = "\r\x1b[2K\x1b[?25h" if os.isatty(_state.terminal) else ""  # a progress bar hides the cursor
        with suppress(OSError):  # it is closed
            os.write(_state.terminal, f"{shown}{message}\n".encode(errors="replace"))
