"""How this program starts itself in another process, from whatever folder it was started in."""

import os
import sys
from pathlib import Path

HOME = Path(__file__).parents[2]
READY = "ready"
"""What a trainer says when it has warmed up."""
FAILED = "failed "
"""What a trainer says before the reason, if it cannot start."""


def command(*arguments: str) -> list[str]:
    """`python -m mnist_core …`, with the Python that runs now."""
    return [sys.executable, "-m", "mnist_core", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, in which `mnist_core` can be imported, and `changes`."""
    path = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **changes}
