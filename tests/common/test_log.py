"""What nobody expected is in the log with its traceback; the person gets one sentence."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.common import log
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from tests.conftest import ROOT


def told(error: Exception) -> str:
    """What is told of an error that was raised here."""
    try:
        raise error
    except type(error) as caught:
        return log.told(caught)


@pytest.mark.parametrize("error", [StudioError("It is so."), InputError("Draw a digit.")])
def test_an_error_for_people_is_its_message(error: StudioError, workspace: Workspace) -> None:
    """And nothing to log."""
    assert told(error) == str(error)
    assert not (workspace.root / log.NAME).exists()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ZeroDivisionError("secret"), "something unexpected (ZeroDivisionError)"),
        (ConnectionResetError("of no file"), "something unexpected (ConnectionResetError)"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/f"), "/x/f could not be used. The disk is full"),
        (MemoryError(), "The memory is full"),
    ],
)
def test_any_other_error_is_a_sentence_and_a_traceback_in_the_log(
    error: Exception, sentence: str, workspace: Workspace
) -> None:
    """The sentence names the log where there is no more to say."""
    said = told(error)
    assert sentence in said
    assert (str(workspace.root / log.NAME) in said) == ("unexpected" in sentence)
    logged = (workspace.root / log.NAME).read_text(encoding="utf-8")
    assert "Traceback" in logged
    assert "in told" in logged


def test_the_log_of_the_workspace_that_was_opened_last_is_used(tmp_path: Path) -> None:
    """Opening it again adds nothing."""
    first, second = (Workspace.open(tmp_path / name) for name in ("a", "b"))
    Workspace.open(second.root)
    told(ValueError("once"))
    assert not (first.root / log.NAME).exists()
    assert (second.root / log.NAME).read_text().count("ValueError: once") == 1


def test_a_log_that_cannot_be_written_hides_nothing(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """The person is told all the same, and the terminal is not filled."""
    (workspace.root / log.NAME).mkdir()
    assert "unexpected" in told(ValueError("x"))
    assert capfd.readouterr() == ("", "")


def test_many_processes_write_one_log_and_rotate_it(workspace: Workspace) -> None:
    """No record is lost or torn, and old ones go."""
    program = (
        "import sys; from pathlib import Path; from mnist_core.common import log\n"
        "log.MAX_BYTES, log.BACKUPS = 20_000, 9\n"
        "log.write_to(Path(sys.argv[1]))\n"
        "for n in range(100): log.logger.error('%s %d %s', sys.argv[2], n, 'x' * 200)"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(workspace.root), name], cwd=ROOT) for name in "abc"]
    assert [process.wait() for process in running] == [0, 0, 0]
    files = sorted(workspace.root.glob(f"{log.NAME}*"))
    lines = [line for file in files if file.suffix != ".lock" for line in file.read_text().splitlines()]
    assert all(line.endswith("x" * 200) for line in lines)
    wanted = {f"{name} {n}" for name in "abc" for n in range(100)}
    assert {" ".join(line.split()[4:6]) for line in lines} == wanted
    assert len(files) > 3
    assert max(file.stat().st_size for file in files) <= 20_000
