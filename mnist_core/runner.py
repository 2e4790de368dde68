"""The app's job runner: hands waiting jobs to a standby trainer, one at a time, and keeps the next one warm."""

import subprocess
import threading
from contextlib import suppress

from filelock import FileLock, Timeout

from mnist_core import processes
from mnist_core.errors import StudioError
from mnist_core.jobs import Jobs, Process
from mnist_core.workspace import Workspace

TICK_S = 0.5


class JobRunner:
    """One for each app; of several apps on one workspace only the first one trains.

    A thread of its own looks after the queue, so that it goes on when no browser is open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._jobs = Jobs(workspace)
        self._lock = FileLock(workspace.app_lock, thread_local=False)  # taken in one thread, released in another
        self._standby: subprocess.Popen[str] | None = None
        self._busy: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._wake = threading.Event()
        self._closed = False
        self.owns_workspace = self._take_lock()
        self._thread = threading.Thread(target=self._run, name="job-runner", daemon=True)
        self._thread.start()

    @property
    def standby_ready(self) -> bool:
        """Whether a trainer waits with its imports done, so that a click starts at once."""
        return self._ready.is_set()

    def poke(self) -> None:
        """Look at the queue now, not at the next tick."""
        self._wake.set()

    def close(self) -> None:
        """Let go of the trainers: the one at work saves and leaves; the standby holds nothing yet."""
        self._closed = True
        self._wake.set()
        self._thread.join()
        if self._standby is not None:
            self._standby.kill()
            self._standby.wait()
        if self._busy is not None:
            assert self._busy.stdin is not None
            with suppress(BrokenPipeError):
                self._busy.stdin.close()
            self._busy.wait()
        self._lock.release()

    def _run(self) -> None:
        while not self._closed:
            if self.owns_workspace or self._take_lock():
                with suppress(StudioError):  # the database is locked, the disk full: the pages say so; try again
                    self._tick()
            self._wake.wait(TICK_S)
            self._wake.clear()

    def _take_lock(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self.owns_workspace = False
        else:
            self.owns_workspace = True
        return self.owns_workspace

    def _tick(self) -> None:
        self._jobs.reconcile()
        if self._busy is not None:
            if self._busy.poll() is None:
                return
            self._busy = None
        if self._standby is None or self._standby.poll() is not None:
            self._start_standby()
        assert self._standby is not None
        assert self._standby.stdin is not None
        if job := self._jobs.claim_next(Process.of(self._standby.pid)):
            with suppress(BrokenPipeError):  # it has just died: the next tick marks the job as interrupted
                self._standby.stdin.write(job.id + "\n")
                self._standby.stdin.flush()
            self._busy, self._standby = self._standby, None
            self._ready.clear()

    def _start_standby(self) -> None:
        self._ready.clear()
        self._standby = subprocess.Popen(
            processes.command("trainer", "--workspace", str(self._workspace.root)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=processes.environment(PYTHONUNBUFFERED="1"),
            # A group of its own: Ctrl-C in the app's terminal ends the app, and the trainer by end-of-file.
            start_new_session=True,
        )
        threading.Thread(target=self._await_ready, args=(self._standby,), daemon=True).start()

    def _await_ready(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        if process.stdout.readline().strip() == processes.READY and process is self._standby:
            self._ready.set()
