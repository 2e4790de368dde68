"""The app's job runner: hands waiting jobs to a standby trainer, one at a time, and keeps the next one warm."""

import subprocess
import threading
import time
from contextlib import suppress

from filelock import FileLock, Timeout

from mnist_core.common import log, processes
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import priority
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs

TICK_S = 0.5
RETRY_S = 5.0
"""How long to wait after a tick that failed: no process can be started, the database is locked, the disk full."""
RESPAWN_S = 1.0
LAST_WORDS_S = 1.0
"""How long to wait for the last words of a trainer that has died."""
MAX_RESPAWN_S = 60.0
"""A trainer that dies before it is ready is started again after a delay, which doubles each time up to this."""


class JobRunner:
    """One for each app. If several apps share a workspace, only the first one runs jobs.

    A separate thread watches the queue, so jobs run even if no browser is open.
    """

    def __init__(self, workspace: Workspace, patience_s: float = 0.0) -> None:
        """
        Args:
            patience_s: how long to leave the processor to others before a trainer is started; `begin` ends it.
        """
        self._workspace = workspace
        self._jobs = Jobs(workspace)
        self._lock = FileLock(workspace.app_lock, thread_local=False)  # taken in one thread, released in another
        self._standby: subprocess.Popen[str] | None = None
        self._busy: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._free: subprocess.Popen[str] | None = None
        self._begin = threading.Event()
        self._patience_s = patience_s
        self._wake = threading.Event()
        self._closed = False
        self._failure = Text("")
        self._failed_by = ""
        self._death = Text("")
        self._said = ""
        self._respawn_s = RESPAWN_S
        self._not_before = 0.0
        self.owns_workspace = self._take_lock()
        self._thread = threading.Thread(target=self._run, name="job-runner", daemon=True)
        self._thread.start()

    @property
    def standby_ready(self) -> bool:
        """Whether a trainer has warmed up and waits, so that a click starts at once."""
        return self._ready.is_set()

    @property
    def trouble(self) -> Text:
        """Why no trainer can be started, in one line: its last words if it died; empty if all is well."""
        return (self._failure or self._death).again()

    def begin(self) -> None:
        """Start the first trainer now."""
        self._begin.set()

    def poke(self) -> None:
        """Look at the queue at once."""
        self._begin.set()
        self._wake.set()

    def close(self) -> None:
        """End the trainers. The busy one saves and exits; the standby has nothing to save."""
        self._closed = True
        self._begin.set()
        self._wake.set()
        self._thread.join()
        if self._standby is not None:
            self._standby.kill()
            self._standby.wait()
            _close_stdin(self._standby)
        if self._busy is not None:
            _close_stdin(self._busy)
            self._busy.wait()
        self._lock.release()

    def _run(self) -> None:
        self._begin.wait(self._patience_s)
        while not self._closed:
            try:
                if self.owns_workspace or self._take_lock():
                    self._tick()
                self._failure, self._failed_by = Text(""), ""
            except Exception as error:  # noqa: BLE001 – whatever it is, the next tick may go well
                if repr(error) != self._failed_by:  # else the log would hold nothing but repetitions
                    self._failure, self._failed_by = log.told(error), repr(error)
            self._wake.wait(RETRY_S if self._failure else TICK_S)
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
            if self._busy.poll() is not None:
                _close_stdin(self._busy)
            elif self._busy is self._free:
                self._stand_by_again(self._busy)
            else:
                return
            self._busy = self._free = None
        if self._standby is not None and self._standby.poll() is not None:
            if not self._ready.is_set():
                self._back_off(self._standby.returncode)
            _close_stdin(self._standby)
            self._standby = None
        if self._standby is None:
            if time.monotonic() < self._not_before:
                return
            self._start_standby()
        assert self._standby is not None
        assert self._standby.stdin is not None
        if job := self._jobs.claim_next(Process.of(self._standby.pid)):
            priority.share_between_sessions(0, self._standby.pid)  # on a busy machine it would take long to hear of it
            try:
                self._standby.stdin.write(job.id + "\n")
                self._standby.stdin.flush()
            except OSError:  # it has just died; the next tick marks the job as interrupted
                self._standby.kill()
            self._busy, self._standby = self._standby, None
            self._ready.clear()

    def _start_standby(self) -> None:
        self._ready.clear()
        self._said = ""
        self._workspace.trainer_log.write_bytes(b"")
        with self._workspace.trainer_log.open("ab") as said:  # appending: the last trainer may still write to it
            self._standby = subprocess.Popen(
                processes.command("trainer", "--workspace", str(self._workspace.root)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                encoding="utf-8",
                errors="replace",
                env=processes.environment(PYTHONUNBUFFERED="1"),
                # A group of its own: Ctrl-C in the app's terminal ends the app, and the trainer by end-of-file.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )
        priority.share_between_sessions(priority.NICE, self._standby.pid)
        self._listener = threading.Thread(target=self._hear, args=(self._standby,), daemon=True)
        self._listener.start()

    def _stand_by_again(self, process: "subprocess.Popen[str]") -> None:
        self._standby = process
        priority.share_between_sessions(priority.NICE, process.pid)
        self._ready.set()

    def _hear(self, process: "subprocess.Popen[str]") -> None:
        """What a trainer says, until it ends."""
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                match line.strip():
                    case processes.READY:
                        self._death, self._respawn_s = Text(""), RESPAWN_S
                        if process is self._standby:
                            self._ready.set()
                    case processes.FREE:
                        self._free = process
                        self._wake.set()
                    case _:
                        self._said += line

    def _back_off(self, status: int) -> None:
        """The standby died before it was ready: keep its last words, and wait before starting another.

        If it was killed it said nothing, and the last line of its log is used.
        """
        self._listener.join(LAST_WORDS_S)
        logged = self._workspace.trainer_log.read_text(encoding="utf-8", errors="replace").strip()
        self._death = processes.failure(self._said) or (
            Text(logged.splitlines()[-1])
            if logged
            else _("The trainer ended with exit status {status}.", status=status)
        )
        self._not_before = time.monotonic() + self._respawn_s
        self._respawn_s = min(2 * self._respawn_s, MAX_RESPAWN_S)


def _close_stdin(process: "subprocess.Popen[str]") -> None:
    """Tell the trainer, if it is alive, that its owner is gone."""
    assert process.stdin is not None
    with suppress(OSError):  # Windows calls a broken pipe an invalid argument
        process.stdin.close()
