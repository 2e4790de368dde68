"""The app's job runner with its real trainers: what one starts, and what survives."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data import synthetic
from mnist_core.jobs import runner as runner_module
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runner import JobRunner
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.conftest import ROOT

PATIENCE_S = 240
"""How long a condition may take on a busy machine before the test says that it never comes."""


def until(condition: Callable[[], bool]) -> None:
    """Wait for what must happen."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def runner(workspace: Workspace) -> Iterator[JobRunner]:
    runner = JobRunner(workspace)
    yield runner
    runner.close()


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


def config(tiny_npz: Path, epochs: int) -> TrainConfig:
    return TrainConfig(architecture="mlp", dataset=str(tiny_npz), epochs=epochs, batch_size=27)


def trainers(workspace: Workspace) -> list[psutil.Process]:
    """All trainers of this workspace, whoever started them."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "trainer" in process.cmdline() and str(workspace.root) in process.cmdline():
                found.append(process)
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def has_begun(workspace: Workspace, job: Job) -> bool:
    return bool(list(Run.at(workspace, job.id).checkpoints.glob("[0-9]*.npz")))


def test_a_queued_job_runs_to_its_end_and_the_next_follows(
    runner: JobRunner, jobs: Jobs, workspace: Workspace, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standby takes it, a new standby stands by, and the job after it has its turn; all with a log."""
    monkeypatch.chdir(workspace.root)
    assert runner.owns_workspace
    first, second = (jobs.submit("train", config(tiny_npz, 1)) for _ in range(2))
    runner.poke()
    until(lambda: jobs.get(second.id).state == "completed")
    assert jobs.get(first.id).state == "completed"
    model_ids = {jobs.get(job.id).model_id for job in (first, second)}
    assert {model.id for model in Registry(workspace).all()} == {*model_ids, shipped().id}
    assert Run.at(workspace, first.id).report() is not None
    assert Run.at(workspace, first.id).log.exists()
    assert Run.at(workspace, first.id).progress().step == 10
    until(lambda: runner.standby_ready)
    assert len(trainers(workspace)) == 1


@pytest.mark.slow
def test_one_trainer_does_several_fine_tunings(
    jobs: Jobs, workspace: Workspace, real_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps what it has prepared, and each has its own log. With other settings it ends after its job."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(real_mnist.parent))
    random = np.random.default_rng(0)
    drawings = [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(12)]
    runner = JobRunner(workspace)
    try:
        until(lambda: runner.standby_ready)
        (trainer,) = trainers(workspace)
        for seed, stays in (0, True), (0, True), (1, False):
            job = jobs.submit("fine_tune", FineTuneConfig(seed=seed), drawings=drawings)
            runner.poke()
            until(lambda job=job: jobs.get(job.id).state == "completed")
            until(lambda: runner.standby_ready)
            assert (trainers(workspace) == [trainer]) == stays
            assert Run.at(workspace, job.id).log.exists()
    finally:
        runner.close()
    assert trainers(workspace) == []


AUTOGROUPS = Path("/proc/self/autogroup")
IMPORTS_FOR_EVER = """
import ctypes, pathlib, sys
pathlib.Path(__file__).with_name("imported").touch()
ctypes.PyDLL(None).sleep(1000)  # with Python's lock, as C code that loads
"""


@pytest.mark.slow
@pytest.mark.skipif(not AUTOGROUPS.exists(), reason="this kernel does not group processes by session")
def test_a_trainer_lets_others_go_before_except_while_it_is_waited_for(
    runner: JobRunner, jobs: Jobs, workspace: Workspace, tiny_npz: Path
) -> None:
    """Its session is nice as a standby, not from the moment that it has a job, and again after the first points.

    Only then it is nice itself, with all its threads, for that cannot be taken back.
    """

    def niceness() -> int:
        return int(Path(f"/proc/{trainer.pid}/autogroup").read_text().split()[-1])

    until(lambda: runner.standby_ready)
    (trainer,) = trainers(workspace)
    assert niceness() == 10
    assert trainer.nice() == os.nice(0)
    jobs.submit("train", config(tiny_npz, 1000))
    runner.poke()
    until(lambda: niceness() == 0)
    until(lambda: niceness() == 10)
    threads = [int(path.name) for path in Path(f"/proc/{trainer.pid}/task").iterdir()]
    assert len(threads) > 1
    until(lambda: {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {min(19, os.nice(0) + 10)})


def test_pausing_stopping_and_the_second_runner(
    runner: JobRunner, jobs: Jobs, workspace: Workspace, tiny_npz: Path
) -> None:
    """A second app on the workspace does not train; a paused job waits; stopped, it keeps what it has."""
    second = JobRunner(workspace)
    assert not second.owns_workspace
    job = jobs.submit("train", config(tiny_npz, 1000))
    until(lambda: has_begun(workspace, job))
    run = Run.at(workspace, job.id)
    run.tell("pause")
    until(lambda: jobs.get(job.id).state == "paused")
    (trainer,) = trainers(workspace)  # the first app starts no other while it is at work, the second app none at all
    assert jobs.get(job.id).process == Process.of(trainer.pid)
    paused_at = len(run.records())
    run.tell("stop")
    until(lambda: jobs.get(job.id).state == "stopped")
    second.close()
    assert len(run.records()) <= paused_at + 2
    assert jobs.get(job.id).model_id == Registry(workspace).all()[0].id


def test_a_killed_trainer_is_interrupted_and_resumes(
    runner: JobRunner, jobs: Jobs, workspace: Workspace, tiny_npz: Path
) -> None:
    """kill -9: the job is marked at once, resumed from its checkpoint, and its curve has no step twice."""
    job = jobs.submit("train", config(tiny_npz, 1000))
    until(lambda: has_begun(workspace, job))
    process = jobs.get(job.id).process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: jobs.get(job.id).state == "interrupted")
    assert "last checkpoint" in jobs.get(job.id).message
    checkpoint = max(int(path.stem) for path in Run.at(workspace, job.id).checkpoints.glob("[0-9]*.npz"))
    jobs.resume(job.id)
    runner.poke()
    until(lambda: Run.at(workspace, job.id).progress().step > checkpoint + 10)
    Run.at(workspace, job.id).tell("stop")
    until(lambda: jobs.get(job.id).state == "stopped")
    steps = [record["step"] for record in Run.at(workspace, job.id).records() if "loss" in record]
    assert steps == sorted(set(steps))
    assert checkpoint in steps


def test_closing_the_runner_ends_its_trainers(jobs: Jobs, workspace: Workspace, tiny_npz: Path) -> None:
    """The trainer saves, marks its run as interrupted and ends; another app can take the workspace over."""
    runner = JobRunner(workspace)
    job = jobs.submit("train", config(tiny_npz, 1000))
    until(lambda: has_begun(workspace, job))
    runner.close()
    assert jobs.get(job.id).state == "interrupted"
    records = [record["step"] for record in Run.at(workspace, job.id).records() if "loss" in record]
    saved = max(int(path.stem) for path in Run.at(workspace, job.id).checkpoints.glob("[0-9]*.npz"))
    assert saved >= records[-1]
    assert trainers(workspace) == []
    successor = JobRunner(workspace)
    assert successor.owns_workspace
    successor.close()
    assert trainers(workspace) == []


def test_a_killed_app_leaves_no_orphan(jobs: Jobs, workspace: Workspace, tiny_npz: Path) -> None:
    """kill -9 of the whole app: the trainer notices, saves, marks its run and ends; so does the standby."""
    program = (
        "import sys, time; from mnist_core.jobs.runner import JobRunner\n"
        "from mnist_core.common.workspace import Workspace\n"
        "runner = JobRunner(Workspace.open(sys.argv[1])); time.sleep(10_000)"
    )
    job = jobs.submit("train", config(tiny_npz, 1000))
    command = [sys.executable, "-c", program, str(workspace.root)]
    with subprocess.Popen(command, cwd=ROOT) as app:
        until(lambda: has_begun(workspace, job))
        app.kill()
    until(lambda: trainers(workspace) == [])
    assert jobs.get(job.id).state == "interrupted"
    successor = JobRunner(workspace)
    assert successor.owns_workspace
    successor.close()


def test_the_runner_outlives_any_error(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what happened, has it in the log once, and goes on when it is over."""
    errors: list[Exception] = [KeyError("x"), KeyError("x"), RuntimeError("can't start new thread")]
    ticks: list[str] = []
    monkeypatch.setattr(runner_module, "RETRY_S", 0.01)

    def tick(self: JobRunner) -> None:
        ticks.append(self.trouble)
        if errors:
            raise errors.pop(0)

    monkeypatch.setattr(JobRunner, "_tick", tick)
    runner = JobRunner(workspace)
    until(lambda: len(ticks) > 4)
    assert runner.trouble == ""
    runner.close()
    assert ["KeyError" in each for each in ticks[:4]] == [False, True, True, False]
    assert "RuntimeError" in ticks[3]
    assert (workspace.root / "studio.log").read_text().count("Traceback") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread looks, which C code can keep waiting")
def test_a_standby_that_still_imports_ends_with_its_app(workspace: Workspace, tmp_path: Path) -> None:
    """kill -9 of the app, while C code of a library keeps Python's lock in the standby."""
    (tmp_path / "keras.py").write_text(IMPORTS_FOR_EVER)
    program = (
        "import sys, time; from mnist_core.jobs.runner import JobRunner\n"
        "from mnist_core.common.workspace import Workspace\n"
        "runner = JobRunner(Workspace.open(sys.argv[1])); time.sleep(10_000)"
    )
    command = [sys.executable, "-c", program, str(workspace.root)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}) as app:
        until((tmp_path / "imported").exists)
        assert len(trainers(workspace)) == 1
        app.kill()
    until(lambda: trainers(workspace) == [])


def test_a_trainer_saves_on_term(runner: JobRunner, jobs: Jobs, workspace: Workspace, tiny_npz: Path) -> None:
    """As when the machine is shut down: its run is interrupted with a checkpoint of its last step."""
    job = jobs.submit("train", config(tiny_npz, 1000))
    until(lambda: has_begun(workspace, job))
    process = jobs.get(job.id).process
    assert process is not None
    os.kill(process.pid, signal.SIGTERM)
    until(lambda: jobs.get(job.id).state == "interrupted")
    records = [record["step"] for record in Run.at(workspace, job.id).records() if "loss" in record]
    assert max(int(path.stem) for path in Run.at(workspace, job.id).checkpoints.glob("[0-9]*.npz")) >= records[-1]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ([sys.executable, "-c", "import sys; sys.exit('there is no keras')"], "there is no keras"),
        pytest.param([sys.executable, "-c", "import sys; sys.exit(3)"], "exit status 3", marks=pytest.mark.slow),
        pytest.param(
            ["/there/is/no/such/program"],
            "program could not be used. The folder /there/is/no/such is missing",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_trainer_that_cannot_start_is_named(
    command: list[str], says: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again after a while, ever less often; the trouble is over as soon as one is ready."""
    starts: list[float] = []

    def broken(*_: str) -> list[str]:
        starts.append(time.monotonic())
        return command

    with monkeypatch.context() as patch:
        patch.setattr(processes, "command", broken)
        patch.setattr(runner_module, "RETRY_S", 1.0)
        runner = JobRunner(workspace)
        until(lambda: len(starts) == 3)
        assert says in runner.trouble
        assert starts[1] - starts[0] >= 1.0
        assert starts[2] - starts[1] >= (1.0 if "missing" in says else 2.0)
        assert not runner.standby_ready
    until(lambda: runner.standby_ready)
    assert runner.trouble == ""
    runner.close()


def test_the_successor_takes_over(workspace: Workspace) -> None:
    """When the first app ends, the second one that waited gets the workspace, and lets go of it in its turn."""
    first, second = JobRunner(workspace), JobRunner(workspace)
    assert not second.owns_workspace
    first.close()
    until(lambda: second.owns_workspace)
    second.close()
    third = JobRunner(workspace)
    assert third.owns_workspace
    third.close()


@pytest.mark.parametrize("call", [JobRunner.begin, JobRunner.poke])
def test_the_first_trainer_waits_for_the_first_page(
    call: Callable[[JobRunner], None], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or for the first job; closing does not wait."""
    looked = threading.Event()
    monkeypatch.setattr(JobRunner, "_tick", lambda _: looked.set())
    runner = JobRunner(workspace, patience_s=1000)
    assert not looked.wait(0.1)
    call(runner)
    assert looked.wait(10)
    runner.close()
    JobRunner(workspace, patience_s=1000).close()
