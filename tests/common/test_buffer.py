"""Work that nobody waits for: nothing is lost without a word, and nobody waits longer than they say."""

import subprocess
import sys
import threading

import pytest

from mnist_core.common import log
from mnist_core.common.buffer import Buffer
from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from tests.conftest import ROOT

PATIENCE_S = 30.0


class Slow:
    """A function that waits until it may go on."""

    def __init__(self) -> None:
        self.used: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, items: list[int]) -> None:
        self.begun.set()
        assert self.go.wait(PATIENCE_S)
        self.used += items


def logged(workspace: Workspace) -> str:
    file = workspace.root / log.NAME
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_all_is_used_in_order() -> None:
    used: list[int] = []
    buffer = Buffer(used.extend, 1000, "numbers", gather_s=0.0)
    for number in range(500):
        buffer.add(number)
    assert buffer.flush(PATIENCE_S)
    assert (used, buffer.dropped) == ([*range(500)], 0)


def test_flush_waits_for_what_is_being_used() -> None:
    """Also if nothing waits any more, because another flush has handed it over."""
    slow = Slow()
    buffer = Buffer(slow, 10, "numbers", gather_s=0.0)
    buffer.add(1)
    assert slow.begun.wait(PATIENCE_S)
    assert not buffer.flush(0.0)
    slow.go.set()
    assert buffer.flush(PATIENCE_S)
    assert slow.used == [1]


@pytest.mark.parametrize("error", [ZeroDivisionError("nothing"), StudioError(_("It is so."))])
def test_what_fails_is_counted_and_logged_once(workspace: Workspace, error: Exception) -> None:
    """Also an error that a person would be told, for there is no person."""

    def fail(items: list[int]) -> None:
        raise error if items[0] < 3 else KeyError(items[0])

    buffer = Buffer(fail, 10, "numbers", gather_s=0.0)
    for number in range(5):
        buffer.add(number)
        assert buffer.flush(PATIENCE_S)
    assert buffer.dropped == 5
    assert logged(workspace).count(str(error)) == 1
    assert logged(workspace).count("ERROR numbers") == 3


def test_too_many_are_counted_and_logged_once(workspace: Workspace) -> None:
    slow = Slow()
    buffer = Buffer(slow, 3, "numbers", gather_s=0.0)
    buffer.add(0)
    assert slow.begun.wait(PATIENCE_S)
    for number in range(1, 10):
        buffer.add(number)
    assert buffer.dropped == 6
    assert logged(workspace).count("numbers: too many records wait") == 1
    slow.go.set()
    assert buffer.flush(PATIENCE_S)
    assert slow.used == [0, 1, 2, 3]


def test_the_end_does_not_wait_for_ever(workspace: Workspace) -> None:
    slow = Slow()
    buffer = Buffer(slow, 10, "numbers", gather_s=0.0)
    buffer.add(1)
    buffer.close(0.0)
    assert "numbers: up to 1 records are lost at the end" in logged(workspace)
    slow.go.set()


def test_a_process_ends_although_a_thread_waits() -> None:
    program = """
import threading
from mnist_core.common.buffer import Buffer
begun = threading.Event()
def use(items):
    begun.set()
    threading.Event().wait()
Buffer(use, 10, "numbers").add(1)
begun.wait()
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=PATIENCE_S)
