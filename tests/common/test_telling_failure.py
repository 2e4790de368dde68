"""A process that fails tells whoever started it why, in no language."""

import pytest

from mnist_core.common import processes
from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text, _


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StudioError(_("{file} is damaged.", file="x {y}.keras")), "x {y}.keras is damaged."),
        (StudioError("A literal one"), "A literal one"),
        (ZeroDivisionError("division by zero"), "something unexpected (ZeroDivisionError)"),
    ],
)
def test_a_failure_is_read_again(error: Exception, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    print("a library's own words")
    with pytest.raises(StudioError), processes.telling_failure():
        raise error
    said = processes.failure(capsys.readouterr().out)
    assert isinstance(said, Text)
    assert says in said


def test_a_process_that_was_killed_has_said_nothing() -> None:
    assert processes.failure("a library's own words\n") is None
