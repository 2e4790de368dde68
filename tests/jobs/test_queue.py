"""Trainings as jobs: one at a time, by processes that are known for certain."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.common.database import transaction
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs import preflight
from mnist_core.jobs.job import Job, State
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.registry import Registry

CONFIG = TrainConfig()


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


@pytest.fixture
def here() -> Process:
    return Process.of(os.getpid())


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that lives until it is told otherwise."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def state(jobs: Jobs, job: Job) -> State:
    return jobs.get(job.id).state


def test_a_job_waits_and_is_claimed_in_order(jobs: Jobs, here: Process) -> None:
    """Queued jobs are given out oldest first, one at a time."""
    first, second = jobs.submit("train", CONFIG), jobs.submit("train", CONFIG)
    assert [job.id for job in jobs.unfinished()] == [first.id, second.id]
    claimed = jobs.claim_next(here)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.process) == (first.id, "starting", here)
    assert jobs.claim_next(here) is None
    jobs.set_state(first.id, "running")
    jobs.set_state(first.id, "completed", model_id="m")
    assert jobs.get(first.id).model_id == "m"
    assert (claimed := jobs.claim_next(here)) is not None
    assert claimed.id == second.id
    jobs.set_state(second.id, "failed", "no luck")
    assert jobs.claim_next(here) is None
    assert jobs.active() is None
    assert jobs.unfinished() == []


def test_a_run_without_a_name_is_called_after_its_preset(jobs: Jobs) -> None:
    """Or after its architecture, where it is no preset's; with the time at which it was asked for."""
    named = {
        "mine": TrainConfig(name="mine"),
        "balanced": TrainConfig(seed=3),
        "quick": TrainConfig(**PRESETS["quick"]),
        "tiny network": TrainConfig(architecture="tiny"),
        "finetune": FineTuneConfig(),
    }
    for name, config in named.items():
        kind = "train" if isinstance(config, TrainConfig) else "fine_tune"
        assert jobs.submit(kind, config).name.split(", ")[0] == name


def test_a_config_means_the_same_later(
    jobs: Jobs, workspace: Workspace, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another folder, after another model has got the name, and after the model was deleted."""
    registry = Registry(workspace)
    card = Card(name="mine", kind="trained", architecture="cnn", parameters=1, created="")
    model = registry.add(card, lambda folder: None)
    monkeypatch.chdir(tiny_npz.parent)
    job = jobs.submit("train", TrainConfig(dataset=tiny_npz.name, start_from="mine"))
    registry.rename(model.id, "old")
    registry.add(card, lambda folder: None)
    config = Run.at(workspace, job.id).config()
    assert isinstance(config, TrainConfig)
    assert (config.dataset, config.start_from) == (str(tiny_npz), model.id)
    assert preflight.shown(config, workspace)["start_from"] == "old"
    registry.delete(model.id)
    assert registry.of_config(config.start_from) == registry.get(model.id)
    assert preflight.settled(TrainConfig(dataset="digits"), workspace) == TrainConfig(dataset="digits")
    with pytest.raises(InputError, match="no model 'nobody'"):
        jobs.submit("train", TrainConfig(start_from="nobody"))


def test_the_job_under_way_comes_before_those_that_wait(jobs: Jobs, here: Process) -> None:
    """An older job that was interrupted and waits again does not stand before the one under way."""
    older, newer = jobs.submit("train", CONFIG), jobs.submit("train", CONFIG)
    assert jobs.claim_next(here) is not None
    jobs.set_state(older.id, "interrupted")
    jobs.claim_next(here)
    jobs.resume(older.id)
    assert [(job.id, job.state) for job in jobs.unfinished()] == [(newer.id, "starting"), (older.id, "queued")]


def test_of_two_threads_that_submit_together_one_is_active(jobs: Jobs, here: Process) -> None:
    """The database decides; the other is told, and leaves no run behind."""
    barrier = threading.Barrier(6)
    outcomes: list[Job | InputError] = []

    def submit() -> None:
        barrier.wait()
        try:
            outcomes.append(jobs.submit("train", CONFIG, by=here))
        except InputError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    started = [each for each in outcomes if isinstance(each, Job)]
    assert len(started) == 1
    assert len(outcomes) == 6
    assert all("in progress" in str(each) for each in outcomes if isinstance(each, InputError))
    assert len(jobs.page()) == 1
    assert (active := jobs.active()) is not None
    assert active.id == started[0].id


def test_of_two_threads_that_claim_together_one_gets_it(jobs: Jobs, here: Process) -> None:
    """Two waiting jobs, five that ask: one job is given out, once."""
    for _ in range(2):
        jobs.submit("train", CONFIG)
    barrier, claimed = threading.Barrier(5), []

    def claim() -> None:
        barrier.wait()
        claimed.append(jobs.claim_next(here))

    threads = [threading.Thread(target=claim) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(job is not None for job in claimed) == 1


def test_a_job_whose_process_died_is_interrupted(
    jobs: Jobs, sleeper: "subprocess.Popen[bytes]", workspace: Workspace
) -> None:
    """Killed, even while nobody has collected it (a zombie): whoever looks first marks it, and it can be resumed."""
    job = jobs.submit("train", CONFIG, by=Process.of(sleeper.pid))
    jobs.set_state(job.id, "running")
    jobs.reconcile()
    assert state(jobs, job) == "running"
    sleeper.kill()
    while Process.of(sleeper.pid).alive:
        pass
    jobs.reconcile()
    assert state(jobs, job) == "interrupted"
    sleeper.wait()
    jobs.resume(job.id)
    assert state(jobs, job) == "queued"
    assert Run.at(workspace, job.id).command() == "run"


def test_the_message_says_what_resume_does(jobs: Jobs, here: Process) -> None:
    """A training goes on where it was, a fine-tuning starts again."""
    dead = Process(here.pid, 5.0)
    training = jobs.submit("train", CONFIG, by=dead)
    assert jobs.submit("fine_tune", FineTuneConfig(), by=dead)
    jobs.reconcile()
    tuning, trained = jobs.page(limit=2)
    assert trained.id == training.id
    assert "from its last checkpoint" in trained.message
    assert "can be started again" in tuning.message


def test_a_pid_that_belongs_to_another_now_is_dead(jobs: Jobs, here: Process) -> None:
    """The same pid with another start time is another process."""
    job = jobs.submit("train", CONFIG, by=Process(here.pid, here.started - 100))
    assert not Process(here.pid, here.started - 100).alive
    assert here.alive
    jobs.reconcile()
    assert state(jobs, job) == "interrupted"


def test_a_job_that_goes_on_under_the_same_pid_is_not_interrupted(
    jobs: Jobs, here: Process, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    """One looks and finds it dead; before it writes that down, a process that has got the same pid resumes it."""
    job = jobs.submit("train", CONFIG, by=Process(here.pid, here.started - 100))

    def dead_and_resumed(process: Process) -> bool:
        with transaction(workspace) as connection:
            connection.execute("UPDATE jobs SET pid_started = ?", (here.started,))
        return False

    monkeypatch.setattr(Process, "alive", property(dead_and_resumed))
    jobs.reconcile()
    assert state(jobs, job) == "starting"


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="only Linux tells by files when it was started")
def test_setting_the_clock_does_not_kill_a_job(
    monkeypatch: pytest.MonkeyPatch, jobs: Jobs, here: Process, tmp_path: Path
) -> None:
    """A process is still the same one when the time of day, and with it every process' start, has moved by a day."""
    job = jobs.submit("train", CONFIG, by=here)
    before = psutil.Process(here.pid).create_time()
    started = f"btime {int(psutil.boot_time())}\n"
    proc = tmp_path / "proc"
    proc.mkdir()
    moved = Path("/proc/stat").read_text().replace(started, f"btime {int(psutil.boot_time()) + 86_400}\n")
    (proc / "stat").write_text(moved)
    (proc / str(here.pid)).symlink_to(f"/proc/{here.pid}")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(proc))
    assert psutil.Process(here.pid).create_time() == before + 86_400
    jobs.reconcile()
    assert state(jobs, job) == "starting"


def test_a_pid_that_never_was_is_dead() -> None:
    """No such process."""
    assert not Process(2**22 + 5, 1.0).alive


def test_a_dead_job_does_not_block_the_next(jobs: Jobs, here: Process) -> None:
    """Submitting looks first whether the active one still lives."""
    dead = jobs.submit("train", CONFIG, by=Process(here.pid, 5.0))
    alive = jobs.submit("train", CONFIG, by=here)
    assert state(jobs, dead) == "interrupted"
    assert state(jobs, alive) == "starting"


PATHS: dict[State, tuple[State, ...]] = {
    "queued": ("failed", "queued"),
    "starting": (),
    "running": ("running",),
    "paused": ("running", "paused"),
    "completed": ("running", "completed"),
    "stopped": ("running", "paused", "stopped"),
}
"""State → the states on the way there from starting."""


@pytest.mark.parametrize("to", PATHS)
def test_only_what_was_interrupted_or_failed_can_be_resumed(to: State, jobs: Jobs, here: Process) -> None:
    """Anything else is refused, with its state."""
    job = jobs.submit("train", CONFIG, by=here)
    for state in PATHS[to]:
        jobs.set_state(job.id, state)
    with pytest.raises(InputError, match=rf"state: {to}\)\. Only"):
        jobs.resume(job.id)
    with pytest.raises(InputError, match=rf"state: {to}\)\. Only"):
        jobs.claim(job.id, here)


def test_claiming_an_interrupted_job(jobs: Jobs, here: Process) -> None:
    """It starts in the process that claims it, unless another is active."""
    job = jobs.submit("train", CONFIG, by=here)
    jobs.set_state(job.id, "interrupted")
    other = jobs.submit("train", CONFIG, by=here)
    with pytest.raises(InputError, match="in progress"):
        jobs.claim(job.id, here)
    jobs.set_state(other.id, "failed")
    assert jobs.claim(job.id, here).state == "starting"


def test_deleting_takes_the_folder_but_never_a_running_job(jobs: Jobs, here: Process, workspace: Workspace) -> None:
    """A job under way must be stopped first."""
    job = jobs.submit("train", CONFIG, by=here)
    with pytest.raises(StudioError, match="Stop it first"):
        jobs.delete(job.id)
    assert Run.at(workspace, job.id).folder.is_dir()
    jobs.set_state(job.id, "failed")
    jobs.delete(job.id)
    assert not Run.at(workspace, job.id).folder.exists()
    assert jobs.page() == []
    with pytest.raises(InputError, match="no run"):
        jobs.get(job.id)


def test_the_drawings_of_a_kept_model_outlive_its_run(jobs: Jobs, here: Process, workspace: Workspace) -> None:
    """Earlier versions left them in the run only; a run without a model takes its drawings with it."""
    registry = Registry(workspace)
    card = Card(name="tuned", kind="fine-tuned", architecture="cnn", parameters=1, created="")
    for left in ("learned.jsonl", "drawings.jsonl"):
        job = jobs.submit("fine_tune", FineTuneConfig(), drawings=[Drawing(7, [[(1.0, 2.0)]], id=3)])
        run = Run.at(workspace, job.id)
        content = run.drawings.read_bytes() + b" "
        run.drawings.rename(run.folder / left).write_bytes(content)
        model = registry.add(card.model_copy(update={"run": job.id}), lambda folder: None)
        registry.delete(model.id)
        jobs.delete(job.id)
        assert not run.folder.exists()
        assert model.drawings.read_bytes() == content


def test_a_job_is_deleted_in_two_tabs(jobs: Jobs, workspace: Workspace) -> None:
    """The second has nothing left to do, and touches no other run."""
    gone, other = jobs.submit("train", CONFIG), jobs.submit("train", CONFIG)
    jobs.delete(gone.id)
    jobs.delete(gone.id)
    assert [job.id for job in jobs.page(limit=5)] == [other.id]
    assert Run.at(workspace, other.id).folder.is_dir()


def test_a_job_is_labelled_with_its_command(jobs: Jobs) -> None:
    """A kind of another version has only its code."""
    assert jobs.submit("fine_tune", FineTuneConfig()).label == "finetune"
    assert replace(jobs.submit("train", CONFIG), kind="dance").label == "dance"


def test_a_fine_tuning_takes_its_drawings_along(jobs: Jobs, workspace: Workspace) -> None:
    """As they were when it was asked for."""
    job = jobs.submit("fine_tune", FineTuneConfig(name="mine"), drawings=[Drawing(7, [[(1.0, 2.0)]], id=3)])
    assert job.name == "mine"
    assert '"digit": 7' in Run.at(workspace, job.id).drawings.read_text()


def test_pages_are_newest_first(jobs: Jobs) -> None:
    """In parts, and by kind; notes and tags are kept."""
    ids = [jobs.submit("train", CONFIG).id for _ in range(3)]
    tuning = jobs.submit("fine_tune", FineTuneConfig())
    assert [job.id for job in jobs.page(limit=2)] == [tuning.id, ids[2]]
    assert [job.id for job in jobs.page()] == [tuning.id, *reversed(ids)]
    assert [job.id for job in jobs.page(limit=9, kinds=("fine_tune",))] == [tuning.id]
    jobs.annotate(tuning.id, "try again")
    assert jobs.get(tuning.id).note == "try again"
    jobs.tag(tuning.id, [" my hand", "paper", "my hand", "\N{ZERO WIDTH SPACE}"])
    assert jobs.get(tuning.id).tags == ("my hand", "paper")


def test_waiting_jobs_change_places(workspace: Workspace) -> None:
    """The first of them is claimed next; the active one and the ends of the queue stay as they are."""
    jobs, me = Jobs(workspace), Process.of(os.getpid())
    active = jobs.submit("train", TrainConfig(), by=me).id
    first, second, third = (jobs.submit("train", TrainConfig()).id for _ in range(3))

    def order() -> list[str]:
        return [job.id for job in jobs.unfinished()]

    jobs.move(third, up=True)
    assert order() == [active, first, third, second]
    jobs.move(third, up=True)
    jobs.move(third, up=True)
    jobs.move(active, up=False)
    assert order() == [active, third, first, second]
    jobs.move(third, up=False)
    jobs.move(second, up=False)
    assert order() == [active, first, third, second]
    jobs.move(second, up=True)
    fourth = jobs.submit("train", TrainConfig()).id
    assert order() == [active, first, second, third, fourth]
    jobs.set_state(active, "running")
    jobs.set_state(active, "completed")
    jobs.move(first, up=False)
    claimed = jobs.claim_next(me)
    assert claimed is not None
    assert claimed.id == second
