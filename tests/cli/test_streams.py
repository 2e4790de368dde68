"""Standard output that cannot show a sign, is full, or is closed: real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_core.cli.shared import libraries_silent
from mnist_core.common import processes
from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.models.registry import Registry, shipped
from tests.cli.test_commands import copy_shipped

ODD = "→ “Zoë’s” 数字 ×"


def call(
    workspace: Workspace, *arguments: str, encoding: str = "utf-8", **more: Any
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        processes.command(*arguments),
        env=processes.environment(
            MNIST_STUDIO_HOME=str(workspace.root), COLUMNS="200", PYTHONIOENCODING=encoding, PYTHONUTF8="0"
        ),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        check=False,
        encoding=encoding,
        errors="replace",  # Click takes ASCII for a mistake and prints the help in UTF-8
    )


@pytest.fixture
def named(workspace: Workspace) -> Workspace:
    """A workspace with a model of an odd name, which is active."""
    registry = Registry(workspace)
    card = shipped().card.model_copy(update={"kind": "trained", "name": ODD})
    registry.activate(registry.add(card, copy_shipped).id)
    return workspace


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "-> “Zoë’s” ?? ×"),
        ("ascii", '-> "Zo?\'s" ?? x'),
        pytest.param("utf-8", ODD, marks=pytest.mark.slow),
        pytest.param("latin-1", '-> "Zoë\'s" ?? ×', marks=pytest.mark.slow),
    ],
)
def test_every_encoding_shows_what_it_can(encoding: str, shown: str, named: Workspace) -> None:
    """In tables, sentences, errors and the help; JSON is the same in all of them."""
    listed = call(named, "models", "list", encoding=encoding)
    assert listed.returncode == 0, listed.stderr
    assert shown in listed.stdout
    assert f"{'→' if encoding == 'utf-8' else '->'} marks the active model" in listed.stdout
    wrong = call(named, "predict", f"{ODD}.xyz", encoding=encoding)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith(f"error: {shown}.xyz has an unknown ending")
    assert call(named, "train", "--help", encoding=encoding).returncode == 0
    rows = json.loads(call(named, "models", "list", "--json", encoding=encoding).stdout)["models"]
    assert rows[0]["name"] == ODD


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no undecodable names")
def test_a_file_name_that_cannot_be_decoded_is_shown(workspace: Workspace) -> None:
    """Its bytes are no UTF-8."""
    wrong = call(workspace, "predict", os.fsdecode(b"\xff.png"))
    assert wrong.returncode == 2
    assert wrong.stderr == "error: \N{REPLACEMENT CHARACTER}.png does not exist.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["models", "list"], ["models", "list", "--json"], ["--help"]])
def test_a_full_standard_output_is_one_sentence(arguments: list[str], workspace: Workspace) -> None:
    """No traceback, and a status that says so."""
    with Path("/dev/full").open("w") as full:
        done = call(workspace, *arguments, stdout=full)
    assert done.returncode == 1
    assert done.stderr == (
        "error: Standard output could not be written to. The disk is full. Free some space, then try again.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_standard_error_changes_no_status(workspace: Workspace) -> None:
    """There is no place for the sentence then."""
    with Path("/dev/full").open("w") as full:
        assert call(workspace, "predict", "x.gif", stderr=full).returncode == 2
        assert call(workspace, "models", "list", stderr=full).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes them")
def test_closed_streams_are_no_fault(workspace: Workspace) -> None:
    """Without standard output nothing is done; without the others, what can be done."""

    def shell(line: str) -> "subprocess.CompletedProcess[str]":
        command = " ".join(processes.command("models", "list"))
        environment = processes.environment(MNIST_STUDIO_HOME=str(workspace.root))
        return subprocess.run(
            ["/bin/sh", "-c", f"{command} {line}"], env=environment, capture_output=True, text=True, check=False
        )

    closed = shell(">&-")
    assert (closed.returncode, closed.stdout) == (1, "")
    assert closed.stderr == "error: Standard output is closed, so the result cannot be printed.\n"
    assert not workspace.database.exists()
    for line in ("2>&-", "<&-", "<&- 2>&-"):
        done = shell(line)
        assert (done.returncode, done.stderr) == (0, "")
        assert shipped().name in done.stdout
    assert shell("<&- >&- 2>&-").returncode == 1
    assert workspace.database.read_bytes().startswith(b"SQLite format 3")


def test_libraries_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """What C++ writes is dropped; what comes after, errors included, is not."""
    with pytest.raises(StudioError, match="after"), libraries_silent():  # noqa: PT012 – the order is the point
        os.write(2, b"an oneDNN message\n")
        raise StudioError("after")
    os.write(2, b"error: after\n")
    assert capfd.readouterr().err == "error: after\n"
