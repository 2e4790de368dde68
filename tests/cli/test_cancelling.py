"""Ctrl-C and TERM at any moment of a command: real processes, which say "Cancelled." and end as told."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.queue import Jobs
from tests.cli.test_commands import start

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux what a process handles")


def watches(process: "subprocess.Popen[str]") -> bool:
    """Whether the process has begun to handle TERM, which Python by itself does not."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    caught = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt")), 0)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def cancelled(process: "subprocess.Popen[str]", number: signal.Signals, after: float) -> tuple[int, str]:
    """Exit status and standard error of a command that gets a signal so many seconds after it began to watch."""
    while not watches(process):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    time.sleep(after)
    process.send_signal(number)
    _, err = process.communicate()
    return process.returncode, err


def check(status: int, err: str, number: signal.Signals) -> None:
    """It was cancelled and said so once, or it was done."""
    assert "Traceback" not in err
    assert "error" not in err
    assert (status, err.count("Cancelled.")) in ((STATUS[number], 1), (0, 0)), err


@pytest.mark.parametrize("number", STATUS)
@pytest.mark.parametrize("after", [0.0, 0.3, 1.0])
def test_a_command_is_cancelled_while_modules_load(number: signal.Signals, after: float, workspace: Workspace) -> None:
    """And afterwards."""
    with start(workspace, "models", "list", start_new_session=True) as process:
        status, err = cancelled(process, number, after)
    check(status, err, number)
    assert after or status


@pytest.mark.parametrize("number", STATUS)
def test_a_training_is_cancelled_while_tensorflow_loads(
    number: signal.Signals, workspace: Workspace, tiny_npz: Path
) -> None:
    """Its job is interrupted, not "starting" for ever."""
    with start(workspace, "train", "--dataset", str(tiny_npz), start_new_session=True) as process:
        while not list(workspace.runs.glob("*/train.log")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        status, err = cancelled(process, number, 0.5)
    assert status == STATUS[number]
    check(status, err, number)
    assert Jobs(workspace).page(limit=1)[0].state == "interrupted"


def test_a_second_ctrl_c_ends_at_once(workspace: Workspace, tiny_npz: Path) -> None:
    """Also where the first one is not heard: the training is within a call that takes very long."""
    program = (
        "import sys, time\n"
        "from mnist_core.engine import worker\n"
        "worker.work = lambda *_: (print('deaf', flush=True), time.sleep(1000))\n"
        "sys.argv[0] = 'mnist_core'\n"
        "from mnist_core.__main__ import main\n"
        "main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "train", "--dataset", str(tiny_npz), "--workspace", str(workspace.root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=processes.environment(), start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "deaf\n"
        sent = 0
        while process.poll() is None:  # two that come together are one
            process.send_signal(signal.SIGINT)
            sent += 1
            time.sleep(0.3)
        _, err = process.communicate()
    assert sent > 1
    assert (process.returncode, err.count("Cancelled.")) == (130, 1)
    assert "Traceback" not in err
    assert Jobs(workspace).page(limit=1)[0].state == "interrupted"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_at_any_moment(seed: int, workspace: Workspace, tiny_npz: Path) -> None:
    """Loading, at work, saving: an end without a traceback, and a job whose state is true."""
    chance = random.Random(seed)
    number = chance.choice([*STATUS])
    quick = ("--dataset", str(tiny_npz), "--architecture", "mlp", "--epochs", "200")
    words, longest = chance.choice(
        [(("models", "list"), 2.5), (("train", *quick), 12.0), (("lr-find", *quick), 12.0), (("runs", "list"), 2.5)]
    )
    with start(workspace, *words, start_new_session=True) as process:
        status, err = cancelled(process, number, chance.uniform(0, longest))
    check(status, err, number)
    jobs = Jobs(workspace)
    jobs.reconcile()
    states = {job.state for job in jobs.page(limit=9)}
    assert states <= ({"completed"} if status == 0 else {"interrupted"})
    models = [path.name for path in workspace.models.iterdir()]
    assert models == [job.model_id for job in jobs.page(limit=9) if job.model_id]
