"""The queue as several apps and trainers use it: whatever they do in whatever order, one job is under way."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs.job import ACTIVE, RESUMABLE, State
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run

CONFIGS = {"train": TrainConfig(), "fine_tune": FineTuneConfig(), "lr_find": TrainConfig()}
NEXT: dict[State, tuple[State, ...]] = {
    "queued": ("starting",),
    "starting": ("running", "failed", "interrupted"),
    "running": ("paused", "completed", "stopped", "failed", "interrupted"),
    "paused": ("running", "completed", "stopped", "failed", "interrupted"),
    "completed": (),
    "stopped": (),
    "failed": ("queued", "starting"),
    "interrupted": ("queued", "starting"),
}
"""The docstring's picture: which states follow which."""
WAY_TO: dict[State, tuple[State, ...]] = {
    "queued": (),
    "starting": ("starting",),
    "running": ("starting", "running"),
    "paused": ("starting", "running", "paused"),
    "completed": ("starting", "running", "completed"),
    "stopped": ("starting", "running", "stopped"),
    "failed": ("starting", "failed"),
    "interrupted": ("starting", "interrupted"),
}

Who = Literal[0, 1]
who = st.sampled_from([0, 1])
number = st.integers(0, 9)


class Queue(RuleBasedStateMachine):
    """Two processes, each with a `Jobs` of its own, and what the jobs must look like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        workspace = Workspace.open(self.folder)
        self.workspace = workspace
        self.jobs = [Jobs(workspace), Jobs(workspace)]
        self.processes = [start(), start()]
        self.order: list[str] = []
        """Every job's id, oldest first."""
        self.states: dict[str, State] = {}
        self.owner: dict[str, int] = {}
        """The pid that a job has been given to."""

    def teardown(self) -> None:
        for process in self.processes:
            end(process)
        shutil.rmtree(self.folder)

    # ---- what an app does

    @rule(by=who, kind=st.sampled_from(sorted(CONFIGS)))
    def submit(self, by: Who, kind: str) -> None:
        self.notice_deaths()
        self.remember(self.jobs[by].submit(kind, CONFIGS[kind]).id, "queued")

    @rule(by=who, kind=st.sampled_from(sorted(CONFIGS)))
    def train_at_once(self, by: Who, kind: str) -> None:
        """As the command line does: it takes the job itself, or none is made."""
        self.notice_deaths()
        folders = set(self.workspace.runs.iterdir())
        try:
            job = self.jobs[by].submit(kind, CONFIGS[kind], by=self.identity(by))
        except InputError:
            assert self.active()
            assert set(self.workspace.runs.iterdir()) == folders
        else:
            self.remember(job.id, "starting", by)

    @rule(by=who)
    def take_the_next(self, by: Who) -> None:
        self.notice_deaths()
        waiting = [job_id for job_id in self.order if self.states[job_id] == "queued"]
        job = self.jobs[by].claim_next(self.identity(by))
        if self.active() or not waiting:
            assert job is None
        else:
            assert job is not None
            assert job.id == waiting[0]
            self.remember(job.id, "starting", by)

    @precondition(lambda self: self.order)
    @rule(by=who, which=number)
    def resume_here(self, by: Who, which: int) -> None:
        job_id = self.pick(which)
        self.notice_deaths()
        allowed = self.states[job_id] in RESUMABLE and not self.active()
        try:
            self.jobs[by].claim(job_id, self.identity(by))
        except InputError:
            assert not allowed
        else:
            assert allowed
            self.remember(job_id, "starting", by)

    @precondition(lambda self: self.order)
    @rule(by=who, which=number)
    def resume_later(self, by: Who, which: int) -> None:
        job_id = self.pick(which)
        try:
            self.jobs[by].resume(job_id)
        except InputError:
            assert self.states[job_id] not in RESUMABLE
        else:
            assert self.states[job_id] in RESUMABLE
            assert Run.at(self.workspace, job_id).command() == "run"
            self.states[job_id] = "queued"

    @precondition(lambda self: self.order)
    @rule(by=who, which=number)
    def delete(self, by: Who, which: int) -> None:
        job_id = self.pick(which)
        try:
            self.jobs[by].delete(job_id)
        except StudioError:
            assert self.states[job_id] in ACTIVE
            assert Run.at(self.workspace, job_id).folder.is_dir()
        else:
            assert self.states[job_id] not in ACTIVE
            assert not Run.at(self.workspace, job_id).folder.exists()
            self.order.remove(job_id)
            del self.states[job_id]

    # ---- what a trainer does, or what becomes of it

    @precondition(lambda self: any(self.owner[job_id] in self.living() for job_id in self.active()))
    @rule(choice=number)
    def go_on(self, choice: int) -> None:
        """To a state that follows."""
        (job_id,) = self.active()
        following = NEXT[self.states[job_id]]
        self.states[job_id] = following[choice % len(following)]
        self.jobs[self.living().index(self.owner[job_id])].set_state(job_id, self.states[job_id])

    @rule(by=who, seen=st.booleans())
    def die(self, by: Who, seen: bool) -> None:
        """By kill -9. Another process takes the place; the other app looks now, or whoever next wants something."""
        end(self.processes[by])
        self.processes[by] = start()
        if seen:
            self.jobs[1 - by].reconcile()
            self.notice_deaths()

    # ---- what always holds

    @invariant()
    def the_jobs_are_what_they_must_be(self) -> None:
        for jobs in self.jobs:
            listed = jobs.page(limit=99, kinds=tuple(CONFIGS))
            assert [job.id for job in reversed(listed)] == self.order
            assert {job.id: job.state for job in listed} == self.states
            owners = {job.id: job.process and job.process.pid for job in listed if job.active}
            assert owners == {job_id: self.owner[job_id] for job_id in self.active()}

    @invariant()
    def one_job_at_most_is_under_way(self) -> None:
        assert len(self.active()) <= 1
        for jobs in self.jobs:
            under_way = jobs.active()
            assert ([under_way.id] if under_way else []) == self.active()
            waiting = [job_id for job_id in self.order if self.states[job_id] == "queued"]
            assert [job.id for job in jobs.unfinished()] == self.active() + waiting

    # ---- the model

    def active(self) -> list[str]:
        return [job_id for job_id in self.order if self.states[job_id] in ACTIVE]

    def pick(self, which: int) -> str:
        return self.order[which % len(self.order)]

    def identity(self, by: Who) -> Process:
        return Process.of(self.processes[by].pid)

    def living(self) -> list[int]:
        return [process.pid for process in self.processes]

    def remember(self, job_id: str, state: State, by: Who | None = None) -> None:
        if job_id not in self.states:
            self.order.append(job_id)
        self.states[job_id] = state
        if by is not None:
            self.owner[job_id] = self.processes[by].pid

    def notice_deaths(self) -> None:
        """Whoever asks for something looks first."""
        for job_id in self.active():
            if self.owner[job_id] not in self.living():
                self.states[job_id] = "interrupted"


def start() -> "subprocess.Popen[bytes]":
    """A process that lives until its standard input is closed."""
    return subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


Queue.TestCase.settings = settings(max_examples=15, stateful_step_count=20)
TestQueue = Queue.TestCase


@pytest.mark.parametrize("to", NEXT)
@pytest.mark.parametrize("state", NEXT)
def test_a_state_comes_from_those_before_it(state: State, to: State, workspace: Workspace) -> None:
    """A trainer whose job was taken from it cannot bring it back, and what has ended stays ended."""
    jobs = Jobs(workspace)
    job = jobs.submit("train", CONFIGS["train"])
    for step in WAY_TO[state]:
        jobs.set_state(job.id, step)
    if to in NEXT[state]:
        jobs.set_state(job.id, to)
        assert jobs.get(job.id).state == to
    else:
        with pytest.raises(StudioError, match=f"cannot change from “{state}” to “{to}”"):
            jobs.set_state(job.id, to)
        assert jobs.get(job.id).state == state


@pytest.mark.parametrize("way", ["claim", "resume"])
def test_of_those_that_resume_together_one_succeeds(way: str, workspace: Workspace) -> None:
    """However close together they ask: the others are refused, and nobody takes the job from who has it."""
    jobs, here = Jobs(workspace), Process.of(os.getpid())
    for _ in range(10):
        job = jobs.submit("train", CONFIGS["train"], by=here)
        jobs.set_state(job.id, "interrupted")
        barrier, outcomes = threading.Barrier(4), []

        def resume(job_id: str = job.id, barrier: threading.Barrier = barrier, outcomes: list[str] = outcomes) -> None:
            barrier.wait()
            try:
                if way == "claim":
                    Jobs(workspace).claim(job_id, here)
                else:
                    Jobs(workspace).resume(job_id)
                outcomes.append("resumed")
            except StudioError:
                outcomes.append("refused")

        threads = [threading.Thread(target=resume) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["refused"] * 3 + ["resumed"]
        assert jobs.get(job.id).state == ("starting" if way == "claim" else "queued")
        if way == "claim":
            jobs.set_state(job.id, "interrupted")
        jobs.delete(job.id)
