"""How this program starts itself in another process, from whatever folder it was started in."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mnist_core.common import encryption, log
from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text, packed, unpacked
from mnist_core.common.workspace import PROGRAM

PYTHON = (sys.executable, "-P")
"""The Python that runs now. It imports nothing from the current folder, where a file may have a library's name."""
READY = "ready"
"""What a trainer says when it has warmed up."""
FREE = "free"
"""What it says when it has done a job and waits for the next one."""
FAILED = "failed "
"""What a process says before the reason, in no language: whoever reads it may use another one."""
SECRETS = {encryption.VARIABLE}
"""Variables that no other process needs, such as one that opens a stranger's model."""


def command(*arguments: str) -> list[str]:
    """`python -m mnist_core …`; it needs `environment`."""
    return [*PYTHON, "-m", "mnist_core", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without secrets, in which `mnist_core` can be imported, and `changes`."""
    path = os.pathsep.join(filter(None, (str(PROGRAM), os.environ.get("PYTHONPATH"))))
    inherited = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return {**inherited, "PYTHONPATH": path, **changes}


@contextmanager
def telling_failure() -> Iterator[None]:
    """Tell whoever has started this process why it fails, on standard output.

    Raises:
        StudioError: for any error within.
    """
    try:
        yield
    except Exception as error:
        told = log.told(error)
        print(FAILED + packed(told), flush=True)
        raise (error if isinstance(error, StudioError) else StudioError(told)) from error


def failure(output: str) -> Text | None:
    """Why a process has failed, from its standard output; None if it did not say."""
    said = [line.removeprefix(FAILED).strip() for line in output.splitlines() if line.startswith(FAILED)]
    return unpacked(said[-1]) if said else None
