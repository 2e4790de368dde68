"""How much a trainer gives way to the app, the browser and everything else.

Linux divides the processor among sessions first, by a niceness that can be lowered again (`/proc/PID/autogroup`). A
trainer has its own session. The niceness of a process can only be raised, so a trainer does not raise it while a person
may be waiting.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

NICE = 10
"""`python -m tests.browser.measure` shows what a training costs the app."""
TRIES = 20
PAUSE_S = 0.05
"""Linux takes one such change a tenth of a second, of all processes together."""
TASKS = Path("/proc/self/task")


def share_between_sessions(niceness: int, pid: int | None = None) -> None:
    """Set the niceness of a process's session: 0 takes an equal share. Without such shares nothing happens.

    Args:
        pid: of a process of this user; None: this one.
    """
    path = Path(f"/proc/{pid or 'self'}/autogroup")
    for _ in range(TRIES):
        try:
            path.write_text(str(niceness))
        except BlockingIOError:
            time.sleep(PAUSE_S)
        except OSError:  # another system, a kernel without groups, or the process has ended
            return
        else:
            return


def give_way() -> None:
    """Lower the priority of this process for the rest of its life: of its session and of each thread."""
    share_between_sessions(NICE)
    if not hasattr(os, "setpriority"):
        return
    threads = [int(path.name) for path in TASKS.iterdir()] if TASKS.exists() else [0]
    for thread in threads:
        with suppress(ProcessLookupError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICE))
