"""The app that a trainer belongs to. It sends lines to standard input, which closes when the app ends.

A trainer without a job ends with its app at once. While it still imports, its threads wait as long as C code holds
Python's lock, which can take long on a busy machine. So on Linux the kernel ends it. (The kernel follows the thread
that started the trainer. That is the job runner's, which lives as long as the app.) A trainer with a job saves first.
After its first job it ends as soon as its thread hears of the app's end.
"""

import ctypes
import os
import queue
import select
import signal
import sys
import threading

gone = threading.Event()
"""The app has ended."""
_has_job = threading.Event()
_lines: "queue.Queue[str]" = queue.Queue()

_IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_KILL = getattr(signal, "SIGKILL", 0)  # Windows has none


def watch() -> None:
    """Listen from now on; called before anything large is imported."""
    bound = threading.Event()
    threading.Thread(target=_listen, args=(bound,), name="owner", daemon=True).start()
    bound.wait()
    if _IS_LINUX and _is_gone():  # before the kernel was asked
        os._exit(0)


def has_said_something() -> bool:
    return not _lines.empty()


def next_line(timeout_s: float) -> str | None:
    """The app's next line; None if there is none within this time."""
    try:
        return _lines.get(timeout=timeout_s)
    except queue.Empty:
        return None


def wait_again() -> None:
    """The job is done, and the next line is another one. If the app has ended meanwhile, so does this process."""
    _has_job.clear()
    if gone.is_set():
        os._exit(0)


def _listen(bound: threading.Event) -> None:
    _end_with_parent(_KILL)
    bound.set()
    for line in sys.stdin:
        _has_job.set()
        _end_with_parent(0)
        _lines.put(line.strip())
    gone.set()
    if not _has_job.is_set():
        os._exit(0)


def _end_with_parent(number: int) -> None:
    """Ask the kernel to send this signal when the parent ends; 0 means none."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def _is_gone() -> bool:
    """Whether standard input is closed and nothing is left to read from it."""
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    return any(event & select.POLLHUP and not event & select.POLLIN for _, event in poll.poll(0))
