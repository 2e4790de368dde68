"""Ctrl-C and TERM: a command ends with "Cancelled." and status 130 or 143, at whatever moment they come.

Python calls a signal's handler in the main thread, when that comes back from C: while a library loads or compiles, that
takes seconds, and several signals are one. An exception that is raised while TensorFlow loads is lost in its C++ or
becomes a traceback. So a thread of its own hears of each signal, by a pipe. What it does depends on what goes on:

- while modules load, it ends the process: nothing has been begun yet;
- within `interruptible`, the main thread raises `Cancelled`, so that what is open is cleaned up;
- within `saving`, it asks a job to save and to leave.

A second signal, or cleaning up that takes too long, ends the process at once. That leaves what a power cut would leave:
nothing half-written under a good name.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

GRACE_S = 3.0
"""Seconds that cleaning up may take."""
LAST_WORDS_S = 1.0
"""Seconds that the last thing to do may take: the database may be locked."""
NUMBERS = (signal.SIGINT, signal.SIGTERM)

Doing = Callable[[], None]


class Cancelled(BaseException):
    """The person has cancelled. It is no KeyboardInterrupt, which some libraries take for themselves."""

    def __init__(self, more: str = "") -> None:
        super().__init__(f"Cancelled. {more}".strip())


def _nothing() -> None:
    """There is nothing to do."""


def _end() -> None:
    """End the process now, and say so."""
    last = threading.Thread(target=_state.last_words, daemon=True)
    last.start()
    last.join(LAST_WORDS_S)
    _say(str(Cancelled()))
    os._exit(128 + _state.asked)


class _State:
    """What has been asked, and what goes on."""

    asked = 0
    """The number of the first signal; 0 before there is one."""
    terminal = 2
    """Standard error as it was at the start: a training sends its libraries' messages elsewhere."""
    raises = False
    """Whether the main thread shall raise `Cancelled` at the first signal."""
    at_first: Doing = staticmethod(_end)
    """What else the first signal does."""
    last_words: Doing = staticmethod(_nothing)
    """What is still to be done before the process ends at once."""


_state = _State()
_said = threading.Lock()


def watch() -> None:
    """From now on, signals end this process as described; called before anything large is imported."""
    with suppress(OSError):  # it is closed
        _state.terminal = os.dup(2)
    hears, tells = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows neither has it before Python 3.12, nor needs it
        os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    for number in NUMBERS:
        signal.signal(number, _raise)
    sys.unraisablehook = _ignore_cancelled
    threading.Thread(target=_listen, args=(hears,), name="signals", daemon=True).start()


def asked() -> bool:
    """Whether the person has cancelled."""
    return bool(_state.asked)


@contextmanager
def interruptible() -> Iterator[None]:
    """The whole of a command: the first signal raises `Cancelled` in it, which ends the process.

    Raises:
        SystemExit: the person has cancelled.
    """
    try:
        with _while(at_first=_end_after_a_while, raises=True):
            yield
    except Cancelled as cancelled:
        _say(str(cancelled))
        raise SystemExit(128 + _state.asked) from None
    finally:  # whatever comes while the interpreter ends is too late
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def loading(last_words: Doing = _nothing) -> Iterator[None]:
    """While modules load: the first signal ends the process, after these last words."""
    with _while(at_first=_end, last_words=last_words):
        yield


@contextmanager
def saving(save: Doing, last_words: Doing = _nothing) -> Iterator[None]:
    """The first signal calls `save`, in another thread; a second one ends the process, after these last words."""
    with _while(at_first=save, last_words=last_words):
        yield


@contextmanager
def _while(*, at_first: Doing, raises: bool = False, last_words: Doing = _nothing) -> Iterator[None]:
    before = _state.raises, _state.at_first, _state.last_words
    _state.raises, _state.at_first, _state.last_words = raises, at_first, last_words
    try:
        yield
    finally:
        _state.raises, _state.at_first, _state.last_words = before


def _end_after_a_while() -> None:
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
    """Where no exception can be raised, as in a destructor, Python prints it; this one has nothing to tell."""
    if not isinstance(unraisable.exc_value, Cancelled):
        sys.__unraisablehook__(unraisable)


def _say(message: str) -> None:
    """On the terminal, unless something has been said."""
    if _said.acquire(blocking=False):
        shown = "\r\x1b[2K\x1b[?25h" if os.isatty(_state.terminal) else ""  # a progress bar hides the cursor
        with suppress(OSError):  # it is closed
            os.write(_state.terminal, f"{shown}{message}\n".encode(errors="replace"))
