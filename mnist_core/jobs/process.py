"""A process that does a job, known again after any restart."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Process:
    """A process, known by its pid and its start time: a pid alone may since belong to another.

    The start is counted from the machine's own start: the time of day may be set while a job runs.
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
