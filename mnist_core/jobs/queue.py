"""The table of jobs: waiting, in progress, ended.

The state is in the database, where a unique index allows one active job. So two tabs that press Train together make one
running and one waiting job. If the process of an active job is gone, the next look marks the job as `interrupted`.
"""

import json
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common import names
from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import replacing
from mnist_core.common.language import N_, Text, _, advice, packed
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.jobs import preflight
from mnist_core.jobs.job import ACTIVE, CAME_FROM, RESUMABLE, STATES, Cause, Job, State
from mnist_core.jobs.kinds import KINDS, listed
from mnist_core.jobs.process import Process
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry

_PLACE_SQL = "coalesce(place, seq)"
ALL = -1
"""SQLite's number for no limit."""
_ACTIVE_SQL = f"state IN ({', '.join(repr(state) for state in ACTIVE)})"


class Jobs:
    """The table of jobs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def submit(
        self,
        kind: str,
        config: Config,
        *,
        drawings: list[Drawing] | None = None,
        by: Process | None = None,
    ) -> Job:
        """Create a job: its run folder, and a row that is `queued`, or `starting` in the process `by`.

        Args:
            drawings: the drawings to fine-tune on.

        Raises:
            InputError: `by` is given and another job is active, or there is no such model.
        """
        self.reconcile()
        moment = datetime.now()
        job_id = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        run, settled = Run.at(self._workspace, job_id), preflight.settled(config, self._workspace)
        name = getattr(config, "name", "") or f"{KINDS[kind].title(config)}, {moment:%Y-%m-%d %H:%M}"
        try:
            Run.create(self._workspace, job_id, kind, settled)
            if drawings is not None:
                with replacing(run.drawings) as temporary:
                    temporary.write_bytes(file_formats.to_jsonl(drawings))
            with transaction(self._workspace) as connection:
                connection.execute(
                    "INSERT INTO jobs (id, kind, name, state, pid, pid_started, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (job_id, kind, name, "starting" if by else "queued", *_columns(by), now()),
                )
        except sqlite3.IntegrityError:
            shutil.rmtree(run.folder)
            raise InputError(_(_BUSY)) from None
        except StudioError:  # the disk is full: what was written so far belongs to no job
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
        return self.get(job_id)

    def claim_next(self, process: Process) -> Job | None:
        """Give the first waiting job to `process`, unless a job is active."""
        self.reconcile()
        try:
            with transaction(self._workspace) as connection:
                row = connection.execute(
                    "UPDATE jobs SET state = 'starting', pid = ?, pid_started = ?, message = '' WHERE seq ="
                    f" (SELECT seq FROM jobs WHERE state = 'queued' ORDER BY {_PLACE_SQL} LIMIT 1) RETURNING id",
                    _columns(process),
                ).fetchone()
        except sqlite3.IntegrityError:
            return None  # one is active
        return self.get(row["id"]) if row else None

    def claim(self, job_id: str, process: Process) -> Job:
        """Resume a job in `process`. If two processes try, one gets it.

        Raises:
            InputError: another job is active, or this one cannot be resumed.
        """
        self.reconcile()
        try:
            self._take_up(job_id, "state = 'starting', pid = ?, pid_started = ?", _columns(process))
        except sqlite3.IntegrityError:
            raise InputError(_(_BUSY)) from None
        return self.get(job_id)

    def resume(self, job_id: str) -> None:
        """Put an interrupted or failed job back into the queue.

        A training continues from its newest checkpoint, if it has one; a fine-tuning starts again. If two processes
        try, one does it.

        Raises:
            InputError: it cannot be resumed.
        """
        self._take_up(job_id, "state = 'queued'")

    def _take_up(self, job_id: str, changes: str, values: tuple[object, ...] = ()) -> None:
        """Change a job that can be resumed, and withdraw the last command to its run.

        This is one transaction, so nobody can claim the job before the command is withdrawn.
        """
        with transaction(self._workspace) as connection:
            taken = connection.execute(
                f"UPDATE jobs SET {changes}, message = '' WHERE id = ? AND state IN ({_marks(RESUMABLE)})",
                (*values, job_id, *RESUMABLE),
            ).rowcount
            if taken:
                Run.at(self._workspace, job_id).tell("run")
        if not taken:
            raise InputError(
                _(
                    "Run {run} cannot be resumed (state: {state}). Only interrupted and failed runs can be resumed.",
                    run=job_id,
                    state=self.get(job_id).state_text,
                )
            )

    def set_state(self, job_id: str, state: State, cause: Cause | Text = "", model_id: str | None = None) -> None:
        """
        Args:
            cause: why it has ended, where the state does not tell.

        Raises:
            StudioError: the job is in a state that this one does not follow; somebody else has changed it.
        """
        sources = CAME_FROM[state]
        stored = packed(cause) if isinstance(cause, Text) else cause
        with transaction(self._workspace) as connection:
            changed = connection.execute(
                "UPDATE jobs SET state = ?, message = ?, model_id = coalesce(?, model_id)"
                f" WHERE id = ? AND state IN ({_marks(sources)})",
                (state, stored, model_id, job_id, *sources),
            ).rowcount
        if not changed:
            raise StudioError(
                _(
                    "Run {run} cannot change from “{state}” to “{wanted}”.",
                    run=job_id,
                    state=self.get(job_id).state_text,
                    wanted=_(STATES[state]),
                )
            )

    def set_model(self, job_id: str, model_id: str) -> None:
        """Record the model of a job that has ended."""
        with transaction(self._workspace) as connection:
            connection.execute("UPDATE jobs SET model_id = ? WHERE id = ?", (model_id, job_id))

    def reconcile(self) -> None:
        """Mark active jobs whose process is gone as interrupted."""
        for job in self._select(_ACTIVE_SQL):
            if job.process is None or not job.process.alive:
                with transaction(self._workspace) as connection:
                    connection.execute(
                        "UPDATE jobs SET state = 'interrupted', message = 'died'"
                        f" WHERE id = ? AND pid IS ? AND pid_started IS ? AND {_ACTIVE_SQL}",
                        (job.id, *_columns(job.process)),
                    )

    def active(self) -> Job | None:
        """The active job, if there is one."""
        return next(iter(self._select(_ACTIVE_SQL)), None)

    def unfinished(self) -> list[Job]:
        """The active job, then the waiting ones in order, in one query. Two would miss a job claimed between them."""
        return self._select(f"{_ACTIVE_SQL} OR state = 'queued'", order=f"state = 'queued', {_PLACE_SQL}")

    def move(self, job_id: str, *, up: bool) -> None:
        """Let a waiting job change places with the one before or after it. Nothing happens if there is none."""
        nearest, direction = ("<", "DESC") if up else (">", "ASC")
        with transaction(self._workspace) as connection:
            connection.execute(
                f"WITH own AS (SELECT seq, {_PLACE_SQL} AS place FROM jobs WHERE id = ? AND state = 'queued'),"
                f" other AS (SELECT seq, {_PLACE_SQL} AS place FROM jobs WHERE state = 'queued'"
                f" AND {_PLACE_SQL} {nearest} (SELECT place FROM own) ORDER BY {_PLACE_SQL} {direction} LIMIT 1)"
                " UPDATE jobs SET place = (SELECT place FROM other) + (SELECT place FROM own) - "
                f"{_PLACE_SQL} WHERE state = 'queued' AND EXISTS (SELECT 1 FROM other)"
                " AND seq IN (SELECT seq FROM own UNION SELECT seq FROM other)",
                (job_id,),
            )

    def resumable(self) -> list[Job]:
        """The interrupted and failed jobs, oldest first."""
        return self._select(f"state IN ({_marks(RESUMABLE)})", RESUMABLE)

    def get(self, job_id: str) -> Job:
        """Raises:
        InputError: there is none.
        """
        if not (jobs := self._select("id = ?", (job_id,))):
            where = advice(
                app=_("The Runs page lists the runs."), command_line=_("To list the runs: mnist-studio runs list")
            )
            raise InputError(_("There is no run {run!r}. {advice}", run=job_id, advice=where))
        return jobs[0]

    def page(self, *, limit: int = ALL, kinds: Sequence[str] | None = None) -> list[Job]:
        """Newest first; by default the kinds that are listed."""
        kinds = listed() if kinds is None else kinds
        return self._select(f"kind IN ({_marks(kinds)})", tuple(kinds), f"seq DESC LIMIT {limit}")

    def annotate(self, job_id: str, note: str) -> None:
        with transaction(self._workspace) as connection:
            connection.execute("UPDATE jobs SET note = ? WHERE id = ?", (names.note(note), job_id))

    def tag(self, job_id: str, tags: Iterable[str]) -> None:
        """Give it these tags instead of those that it has. Blank ones and repetitions are left out."""
        kept = [*dict.fromkeys(filter(None, map(names.tag, tags)))]
        with transaction(self._workspace) as connection:
            connection.execute("UPDATE jobs SET tags = ? WHERE id = ?", (json.dumps(kept), job_id))

    def delete(self, job_id: str) -> None:
        """Remove a job that is not active, and its run's folder. Its model stays, with all that it needs.

        Nothing happens if it is gone already: two tabs may delete the same job.

        Raises:
            StudioError: it is under way.
        """
        run = Run.at(self._workspace, job_id)
        self._leave_drawings(run)
        with transaction(self._workspace) as connection:
            if connection.execute(f"SELECT 1 FROM jobs WHERE id = ? AND {_ACTIVE_SQL}", (job_id,)).fetchone():
                raise StudioError(_("A run in progress cannot be deleted. Stop it first."))
            deleted = connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,)).rowcount
        if deleted:
            shutil.rmtree(run.folder, ignore_errors=True)

    def _leave_drawings(self, run: Run) -> None:
        """Give a fine-tuning's drawings to its models that lack them, as those of earlier versions do."""
        if not (given := run.fine_tuning_set).exists():
            return
        for model in Registry(self._workspace).made_by(run.id):
            if model.folder.exists() and not model.drawings.exists():
                with replacing(model.drawings) as copy:
                    shutil.copyfile(given, copy)

    def _select(self, where: str, values: tuple[object, ...] = (), order: str = "seq") -> list[Job]:
        with reading(self._workspace) as connection:
            rows = connection.execute(f"SELECT * FROM jobs WHERE {where} ORDER BY {order}", values).fetchall()
        return [_job(row) for row in rows]


_BUSY = N_("Another run is in progress in this workspace. Wait for it, stop it, or choose another --workspace.")


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" for _ in values)


def _columns(process: Process | None) -> tuple[int | None, float | None]:
    return (process.pid, process.started) if process else (None, None)


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        number=row["seq"],
        kind=row["kind"],
        name=row["name"],
        state=row["state"],
        cause=row["message"],
        note=row["note"],
        tags=tuple(json.loads(row["tags"])),
        model_id=row["model_id"],
        created=row["created"],
        process=None if row["pid"] is None else Process(row["pid"], row["pid_started"]),
    )
