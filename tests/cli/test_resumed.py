"""Commands that resume a run take only runs of their own kind."""

import os

import pytest

from mnist_core.cli.in_process import NOT_ONE, resumed
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs


def _interrupted(kind: str, workspace: Workspace) -> str:
    jobs = Jobs(workspace)
    job = jobs.submit(kind, KINDS[kind].config(), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "interrupted")
    return job.id


@pytest.mark.parametrize("kind", NOT_ONE)
def test_a_run_of_another_kind_is_refused(kind: str, workspace: Workspace) -> None:
    """With the command that resumes it; one of this kind is taken."""
    other = next(each for each in NOT_ONE if each != kind)
    with pytest.raises(InputError, match=r"is not a .* --resume "):
        resumed(_interrupted(other, workspace), kind, workspace, "")
    own = _interrupted(kind, workspace)
    assert resumed(own, kind, workspace, "").id == own
