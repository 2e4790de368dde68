"""Dates and durations."""

import time

import pytest

from mnist_core.common import clock


def test_people_see_the_time_on_their_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is UTC; what is shown is local, to the minute."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows sets the time zone for the whole machine only")
    with monkeypatch.context() as context:
        context.setenv("TZ", "America/New_York")
        time.tzset()
        assert clock.local("2026-11-26T02:51:07+00:00") == "2026-11-25 21:51"
        assert clock.now().endswith("+00:00")
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (3599.7, "1 h 0 min"), (3720, "1 h 2 min")],
)
def test_a_duration_has_at_most_two_units(seconds: float, shown: str) -> None:
    assert clock.duration(seconds) == shown
