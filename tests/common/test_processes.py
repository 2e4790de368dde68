"""How this program starts itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.common import encryption, processes
from tests.conftest import ROOT

WHERE = "import os, mnist_core; print(mnist_core.__file__); print(os.environ.get('EXTRA'))"


def test_the_command_is_this_python_s() -> None:
    """With the words that are given."""
    assert processes.command("train", "--epochs", "2") == [
        sys.executable, "-P", "-m", "mnist_core", "train", "--epochs", "2",
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


def test_the_current_folder_is_not_searched_for_modules(tmp_path: Path) -> None:
    """A person's own random.py there is neither run nor in the way."""
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong file')")
    ended = subprocess.run(
        processes.command("--version"),
        cwd=tmp_path, env=processes.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_process_is_started_so() -> None:
    """No other file of the program names Python's executable."""
    files = (ROOT / "mnist_core").rglob("*.py")
    naming = [path.name for path in files if "sys.executable" in path.read_text(encoding="utf-8")]
    assert naming == ["processes.py"]


def test_no_other_process_gets_the_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else it inherits."""
    monkeypatch.setenv(encryption.VARIABLE, "a long passphrase")
    monkeypatch.setenv("HARMLESS", "yes")
    inherited = processes.environment(MORE="1")
    assert encryption.VARIABLE not in inherited
    assert (inherited["HARMLESS"], inherited["MORE"]) == ("yes", "1")
