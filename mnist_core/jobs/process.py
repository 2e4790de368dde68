"""A process that does a job, recognised after any restart."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Process:
    """A process, identified by its pid and its start time: the pid alone may belong to another process later.

    The start time counts from the machine's start, because the clock may be set while a job runs.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Process":
        return cls(pid, _seconds_after_boot(psutil.Process(pid)))

    @property
    def alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            same = abs(_seconds_after_boot(process) - self.started) < 1.5
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:  # it is gone, or it is another user's
            return False


def _seconds_after_boot(process: psutil.Process) -> float:
    return float(process.create_time() - psutil.boot_time())
