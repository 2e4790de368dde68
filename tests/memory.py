"""How much memory a call takes: in a process of its own, by the greatest use that Linux has seen of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LIMIT = 300 * 2**20

_PROGRAM = """
import importlib, sys
from pathlib import Path
from mnist_core.common.errors import StudioError

def peak():
    (line,) = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024

module, function, warm, path = sys.argv[1:]
call = getattr(importlib.import_module(module), function)
for each in (warm, path):
    before = peak()
    try:
        said = f"{len(call(Path(each)))}"
    except StudioError as error:
        said = str(error)
print(peak() - before, said)
"""

measured = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the greatest use")


def taken(function: str, path: Path, warm: Path) -> tuple[int, str]:
    """Bytes beyond those of the first call, and the length of the result or the StudioError.

    Args:
        function: "module:name", called with the path.
        warm: a small file for the first call, which imports what is needed.
    """
    arguments = [*function.split(":"), str(warm), str(path)]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    grown, said = done.stdout.split(" ", 1)
    return int(grown), said.strip()
