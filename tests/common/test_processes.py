"""How this program starts itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.common import processes
from tests.conftest import ROOT

WHERE = "import os, mnist_core; print(mnist_core.__file__); print(os.environ.get('EXTRA'))"


def test_the_command_is_this_python_s() -> None:
    """With the words that are given."""
    assert processes.command("train", "--epochs", "2") == [
        sys.executable, "-m", "mnist_core", "train", "--epochs", "2",
    ]  # fmt: skip


@pytest.mark.parametrize("before", [None, "", "somewhere"])
def test_another_process_imports_this_program(
    before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From whatever folder, with whatever PYTHONPATH; changes are added, and this process's own are untouched."""
    if before is None:
        monkeypatch.delenv("PYTHONPATH", raising=False)
    else:
        monkeypatch.setenv("PYTHONPATH", before)
    environment = processes.environment(EXTRA="more")
    command = [sys.executable, "-c", WHERE]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [str(ROOT / "mnist_core" / "__init__.py"), "more"]
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(ROOT), *([before] if before else [])]
    assert os.environ.get("PYTHONPATH") == before
    assert "EXTRA" not in os.environ
